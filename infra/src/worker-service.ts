import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import type { Connections, IConnectable } from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import { ApplicationTask, type ApplicationProps } from './application-task.js';
import { stopTimes, type StopTimesProps } from './stop-times.js';
import { WorkerAlarms } from './worker-alarms.js';
import { WorkerMetrics } from './worker-metrics.js';
import { scaleOnQueueLatency } from './worker-scaling.js';

/** The port is on the task's loopback. Only the task's health check uses it. */
const healthPort = '7433';

export interface WorkerServiceProps extends ApplicationProps, StopTimesProps {
  /** `JOBS_APP`, which separates the metrics. Use one name for each application and environment in an account. */
  readonly app: string;
  /**
   * The command of the worker.
   * @default ['node', 'dist/main-worker.js']
   */
  readonly command?: readonly string[];
  /**
   * The command of the health check. It succeeds while the store is down.
   * @default ['node_modules/.bin/fledge', 'healthcheck'], for applications that have installed nestjs-fledge
   */
  readonly healthCheckCommand?: readonly string[];
  /**
   * `JOBS_QUEUES`, the queues that this service serves, if several services share the work.
   * @default the queues in config/jobs.yml, or else all queues
   */
  readonly queues?: readonly string[];
  /**
   * The minimum number of tasks.
   * @default 1
   */
  readonly minTasks?: number;
  /**
   * The maximum number of tasks. If it equals minTasks, the service does not scale.
   * @default 10
   */
  readonly maxTasks?: number;
  /**
   * How many seconds a job may be late before the alarm is raised.
   * @default 300
   */
  readonly latencyAlarm?: number;
  /**
   * The actions of the alarms.
   * @default none. The alarms are shown in CloudWatch
   */
  readonly alarmActions?: readonly IAlarmAction[];
}

/** A separate service for workers, so that they start, scale, fail and stop independently of the web. */
export class WorkerService extends Construct implements IConnectable {
  readonly service: ecs.FargateService;
  readonly task: ApplicationTask;
  readonly metrics: WorkerMetrics;
  readonly alarms: WorkerAlarms;
  readonly connections: Connections;

  constructor(scope: Construct, id: string, props: WorkerServiceProps) {
    super(scope, id);
    const { cluster, app, minTasks = 1, maxTasks = Math.max(10, minTasks) } = props;
    const { shutdownTimeout, stopTimeout } = stopTimes(props);

    this.task = new ApplicationTask(this, 'Task', {
      ...props,
      role: 'worker',
      command: props.command ?? ['node', 'dist/main-worker.js'],
      stopTimeout,
      environment: {
        ...props.environment,
        JOBS_SHUTDOWN_TIMEOUT: `${shutdownTimeout}s`,
        JOBS_STOP_TIMEOUT: `${stopTimeout}`,
        JOBS_HEALTH_PORT: healthPort,
        JOBS_METRICS: 'emf',
        JOBS_APP: app,
        ...(props.queues && { JOBS_QUEUES: props.queues.join(',') }),
      },
      healthCheckCommand: props.healthCheckCommand ?? ['node_modules/.bin/fledge', 'healthcheck'],
    });
    this.connections = this.task.securityGroup.connections;
    this.service = new ecs.FargateService(this, 'Service', {
      cluster,
      taskDefinition: this.task.definition,
      // Without desiredCount, because every deployment would reset the number of tasks that the scaling has chosen.
      vpcSubnets: props.vpcSubnets,
      securityGroups: [this.task.securityGroup],
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
    });
    this.task.permit(this.service);

    this.metrics = new WorkerMetrics(app);
    const tasks = this.service.autoScaleTaskCount({ minCapacity: minTasks, maxCapacity: maxTasks });
    if (maxTasks > minTasks) scaleOnQueueLatency(tasks, this.metrics);
    this.alarms = new WorkerAlarms(this, 'Alarms', {
      metrics: this.metrics,
      latencyThreshold: props.latencyAlarm ?? 300,
      actions: props.alarmActions ?? [],
    });
  }
}
