import { Match, Template } from 'aws-cdk-lib/assertions';
import { CpuArchitecture, Secret } from 'aws-cdk-lib/aws-ecs';
import { Secret as StoredSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { beforeAll, describe, expect, it } from 'vitest';
import { WorkerService, type WorkerServiceProps } from '../src/worker-service.js';
import { application, containerOf } from './synth.js';

function synthesize(own: Partial<WorkerServiceProps> = {}): Template {
  const { stack, props } = application();
  new WorkerService(stack, 'Worker', { ...props, app: 'shop', ...own });
  return Template.fromStack(stack);
}

const definition = 'AWS::ECS::TaskDefinition';

describe('WorkerService', () => {
  let template: Template;
  beforeAll(() => {
    template = synthesize({ environment: { TZ: 'UTC' } });
  });

  it('is its own Fargate task, with 256 CPU units and 512 MiB', () => {
    template.hasResourceProperties(definition, {
      Cpu: '256',
      Memory: '512',
      RequiresCompatibilities: ['FARGATE'],
    });
    const large = synthesize({ cpu: 1024, memory: 4096, architecture: CpuArchitecture.ARM64 });
    large.hasResourceProperties(definition, {
      Cpu: '1024',
      Memory: '4096',
      RuntimePlatform: { CpuArchitecture: 'ARM64' },
    });
  });

  it('starts the worker of the image, without a shell', () => {
    expect(containerOf(template).Command).toEqual(['node', 'dist/main-worker.js']);
  });

  it('sets the worker’s variables', () => {
    expect(containerOf(template).variables).toEqual({
      NODE_ENV: 'production',
      TZ: 'UTC',
      JOBS_URL: { 'Fn::Join': ['', ['rediss://app@', expect.anything(), ':6379']] },
      JOBS_SHUTDOWN_TIMEOUT: '25s',
      JOBS_STOP_TIMEOUT: '30',
      JOBS_HEALTH_PORT: '7433',
      JOBS_METRICS: 'emf',
      JOBS_APP: 'shop',
    });
    expect(containerOf(synthesize({ queues: ['mailers', 'default'] })).variables).toMatchObject({
      JOBS_QUEUES: 'mailers,default',
    });
  });

  it('gets the whole password from Secrets Manager', () => {
    const [password] = Object.keys(template.findResources('AWS::SecretsManager::Secret'));
    expect(containerOf(template).Secrets).toEqual([{ Name: 'JOBS_PASSWORD', ValueFrom: { Ref: password } }]);
  });

  it('has enough time to stop, and passes it to the worker', () => {
    expect(containerOf(template).StopTimeout).toBe(30);
    const patient = containerOf(synthesize({ shutdownTimeout: 100, stopTimeout: 110 }));
    expect(patient.StopTimeout).toBe(110);
    expect(patient.variables).toMatchObject({ JOBS_SHUTDOWN_TIMEOUT: '100s', JOBS_STOP_TIMEOUT: '110' });
    expect(() => synthesize({ stopTimeout: 121 })).toThrow(/120 s/);
    expect(() => synthesize({ shutdownTimeout: 26, stopTimeout: 30 })).toThrow(/at least 31 s/);
  });

  it('has a health check in the task, because ECS ignores the image', () => {
    expect(containerOf(template).HealthCheck).toEqual({
      Command: ['CMD', 'node_modules/.bin/fledge', 'healthcheck'],
      Interval: 10,
      Timeout: 5,
      Retries: 3,
      StartPeriod: 60,
    });
    const own = synthesize({ healthCheckCommand: ['node', 'alive.js'] });
    expect(containerOf(own).HealthCheck).toMatchObject({ Command: ['CMD', 'node', 'alive.js'] });
  });

  it('cannot write to its file system', () => {
    expect(containerOf(template).ReadonlyRootFilesystem).toBe(true);
  });

  it('is replaced without a gap, and rolled back if it does not start', () => {
    template.hasResourceProperties('AWS::ECS::Service', {
      DeploymentConfiguration: {
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
      // A deployment does not reset the number of tasks that the scaling has chosen.
      DesiredCount: Match.absent(),
    });
  });

  it('starts only after it may read its secrets', () => {
    template.hasResource('AWS::ECS::Service', {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('ExecutionRoleDefaultPolicy')]),
    });
  });

  it('keeps its log for a month', () => {
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
    expect(containerOf(template).LogConfiguration.LogDriver).toBe('awslogs');
  });

  it('needs no right to write metrics, because they are in its log', () => {
    expect(JSON.stringify(template.toJSON())).not.toContain('cloudwatch:PutMetricData');
  });

  it('refuses a variable that is a secret too', () => {
    const { stack, props } = application();
    const secrets = { SMTP_URL: Secret.fromSecretsManager(new StoredSecret(stack, 'Smtp')) };
    const both = { ...props, app: 'shop', secrets, environment: { SMTP_URL: 'smtp://mail' } };
    expect(() => new WorkerService(stack, 'Worker', both)).toThrow(/SMTP_URL cannot be a plain variable/);
  });
});

describe('the metrics of a worker', () => {
  let template: Template;
  beforeAll(() => {
    template = synthesize({ minTasks: 2, maxTasks: 8, latencyAlarm: 120 });
  });
  const metric = (MetricName: string, Statistic: string): object => ({
    Namespace: 'Fledge',
    MetricName,
    Dimensions: [{ Name: 'App', Value: 'shop' }],
    Statistic,
    Period: 60,
  });

  it('raise an alarm if jobs are late', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...metric('QueueLatency', 'Maximum'),
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 120_000,
    });
  });

  it('raise an alarm if a queue has no worker, and if no worker writes metrics', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...metric('Consumers', 'Minimum'),
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'breaching',
    });
  });

  it('raise an alarm if a queue with jobs has no worker', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...metric('UnservedQueues', 'Maximum'),
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
    });
  });

  it('scale the workers by steps of the latency: up fast, down slowly', () => {
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      MinCapacity: 2,
      MaxCapacity: 8,
      ScalableDimension: 'ecs:service:DesiredCount',
    });
    const policy = 'AWS::ApplicationAutoScaling::ScalingPolicy';
    template.hasResourceProperties(policy, {
      PolicyType: 'StepScaling',
      StepScalingPolicyConfiguration: {
        Cooldown: 120,
        StepAdjustments: [
          { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 90_000, ScalingAdjustment: 1 },
          { MetricIntervalLowerBound: 90_000, MetricIntervalUpperBound: 570_000, ScalingAdjustment: 2 },
          { MetricIntervalLowerBound: 570_000, ScalingAdjustment: 4 },
        ],
      },
    });
    template.hasResourceProperties(policy, {
      StepScalingPolicyConfiguration: {
        Cooldown: 300,
        StepAdjustments: [{ MetricIntervalUpperBound: 0, ScalingAdjustment: -1 }],
      },
    });
    template.resourceCountIs(policy, 2);
    for (const [threshold, periods] of [
      [30_000, 2],
      [1_000, 15],
    ])
      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        ...metric('QueueLatency', 'Maximum'),
        Threshold: threshold,
        EvaluationPeriods: periods,
      });
  });

  it('do not scale if the number of tasks is fixed', () => {
    synthesize({ minTasks: 3, maxTasks: 3 }).resourceCountIs('AWS::ApplicationAutoScaling::ScalingPolicy', 0);
  });
});
