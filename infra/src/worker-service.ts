import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import type { Connections, IConnectable } from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import { ApplicationTask, type ApplicationProps } from './application-task.js';
import { stopTimes, type StopTimesProps } from './stop-times.js';
import { WorkerAlarms } from './worker-alarms.js';
import { WorkerMetrics } from './worker-metrics.js';
import { scaleOnQueueLatency } from './worker-scaling.js';

/** On loopback of the task: only its own health check asks. */
const healthPort = '7433';

export interface WorkerServiceProps extends ApplicationProps, StopTimesProps {
  /** `JOBS_APP`: what the metrics are told apart by. One name for each application and environment in an account. */
  readonly app: string;
  /**
   * How the worker is started.
   * @default ['node', 'dist/main-worker.js']
   */
  readonly command?: readonly string[];
  /**
   * What tells whether the worker lives. A store that is down leaves it alive.
   * @default ['node_modules/.bin/fledge', 'healthcheck'], where the application has installed nestjs-fledge
   */
  readonly healthCheckCommand?: readonly string[];
  /**
   * `JOBS_QUEUES`: what this service serves, where several share the work.
   * @default what config/jobs.yml says, otherwise all queues
   */
  readonly queues?: readonly string[];
  /**
   * Tasks that are there in the calm.
   * @default 1
   */
  readonly minTasks?: number;
  /**
   * Tasks at most; the same as minTasks turns scaling off.
   * @default 10
   */
  readonly maxTasks?: number;
  /**
   * Seconds that a job may be late before the alarm is raised.
   * @default 300
   */
  readonly latencyAlarm?: number;
  /**
   * What the alarms do.
   * @default nothing; they show in CloudWatch
   */
  readonly alarmActions?: readonly IAlarmAction[];
}

/** Workers of their own, so that they start, scale, fail and stop apart from the web. */
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
      // Not desiredCount: every deployment would undo what the scaling has found out.
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
