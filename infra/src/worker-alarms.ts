import { Alarm, ComparisonOperator, TreatMissingData, type IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { WorkerMetrics } from './worker-metrics.js';

export interface WorkerAlarmsProps {
  readonly metrics: WorkerMetrics;
  /** Seconds. */
  readonly latencyThreshold: number;
  readonly actions: readonly IAlarmAction[];
}

/** Jobs that are late, and jobs that nobody will ever run. */
export class WorkerAlarms extends Construct {
  readonly queueLatency: Alarm;
  readonly noConsumer: Alarm;
  readonly unservedQueues: Alarm;

  constructor(scope: Construct, id: string, { metrics, latencyThreshold, actions }: WorkerAlarmsProps) {
    super(scope, id);
    this.queueLatency = new Alarm(this, 'QueueLatency', {
      alarmDescription: `Jobs wait for more than ${latencyThreshold} s. Is the largest number of workers reached? Does a job hang (fledge ps)?`,
      metric: metrics.queueLatency(),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: latencyThreshold * 1_000,
      evaluationPeriods: 5,
      // Nobody who could measure is no cure: as it was, and the next alarm speaks.
      treatMissingData: TreatMissingData.IGNORE,
    });
    this.noConsumer = new Alarm(this, 'NoConsumer', {
      alarmDescription:
        'A queue has no live worker, or no worker is there at all. Look at its last log lines.',
      metric: metrics.consumers(),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      // A worker in its first minute may not see all others yet.
      evaluationPeriods: 3,
      // Who does not run writes no metric.
      treatMissingData: TreatMissingData.BREACHING,
    });
    this.unservedQueues = new Alarm(this, 'UnservedQueues', {
      alarmDescription:
        'A queue has jobs that no worker serves. Is it missing in JOBS_QUEUES or config/jobs.yml?',
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
