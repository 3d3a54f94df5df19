import { Alarm, ComparisonOperator, TreatMissingData, type IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { WorkerMetrics } from './worker-metrics.js';

export interface WorkerAlarmsProps {
  readonly metrics: WorkerMetrics;
  /** In seconds. */
  readonly latencyThreshold: number;
  readonly actions: readonly IAlarmAction[];
}

/** Alarms for late jobs, and for queues without a worker. */
export class WorkerAlarms extends Construct {
  readonly queueLatency: Alarm;
  readonly noConsumer: Alarm;
  readonly unservedQueues: Alarm;

  constructor(scope: Construct, id: string, { metrics, latencyThreshold, actions }: WorkerAlarmsProps) {
    super(scope, id);
    this.queueLatency = new Alarm(this, 'QueueLatency', {
      alarmDescription: `Jobs wait for more than ${latencyThreshold} s. Check whether the maximum number of workers is reached, and whether a job hangs (fledge ps).`,
      metric: metrics.queueLatency(),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: latencyThreshold * 1_000,
      evaluationPeriods: 5,
      // Without a worker there is no measurement. The state stays, and the alarm below is raised.
      treatMissingData: TreatMissingData.IGNORE,
    });
    this.noConsumer = new Alarm(this, 'NoConsumer', {
      alarmDescription:
        'A queue has no live worker, or there is no worker at all. Read the last log lines of the workers.',
      metric: metrics.consumers(),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      // A worker in its first minute may not see all others yet.
      evaluationPeriods: 3,
      // A worker that does not run writes no metric.
      treatMissingData: TreatMissingData.BREACHING,
    });
    this.unservedQueues = new Alarm(this, 'UnservedQueues', {
      alarmDescription:
        'A queue has jobs, but no worker serves it. Check whether it is missing in JOBS_QUEUES or config/jobs.yml.',
      metric: metrics.unservedQueues(),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 0,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.IGNORE,
    });
    for (const alarm of [this.queueLatency, this.noConsumer, this.unservedQueues])
      alarm.addAlarmAction(...actions);
  }
}
