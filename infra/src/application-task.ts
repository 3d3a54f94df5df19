import { Duration } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { JobsStore } from './jobs-store.js';

/** What web, worker and one-off tasks have in common: they are one application, from one image. */
export interface ApplicationProps {
  readonly cluster: ecs.ICluster;
  readonly image: ecs.ContainerImage;
  readonly store: JobsStore;
  /**
   * More variables. The worker runs the whole application, so give it all that the web has.
   * @default none
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Variables whose values are secrets: `DATABASE_URL`, `SMTP_URL`, …
   * @default none
   */
  readonly secrets?: Readonly<Record<string, ecs.Secret>>;
  /**
   * CPU units; 1024 are one virtual CPU. Not every pair with `memory` exists.
   * @default 256
   */
  readonly cpu?: number;
  /**
   * Memory in MiB.
   * @default 512
   */
  readonly memory?: number;
  /**
   * What the image was built for.
   * @default X86_64
   */
  readonly architecture?: ecs.CpuArchitecture;
  /**
   * How long the log is kept.
   * @default one month
   */
  readonly logRetention?: RetentionDays;
  /**
   * Which subnets the tasks run in.
   * @default the VPC's private subnets with a way out
   */
  readonly vpcSubnets?: ec2.SubnetSelection;
}

export interface ApplicationTaskProps extends ApplicationProps {
  /** In exec form: a shell or npm would keep SIGTERM to itself. */
  readonly command: readonly string[];
  /** What its lines in the log begin with: the name of the role. */
  readonly role: string;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stopTimeout?: number;
  /** In exec form; ends with 0 when the container is well. ECS does not look at the image's HEALTHCHECK. */
  readonly healthCheckCommand?: readonly string[];
  readonly portMappings?: readonly ecs.PortMapping[];
}

/** A task definition with one container of the application, its log and its security group. */
export class ApplicationTask extends Construct {
  readonly definition: ecs.FargateTaskDefinition;
  readonly container: ecs.ContainerDefinition;
  readonly securityGroup: ec2.SecurityGroup;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: ApplicationTaskProps) {
    super(scope, id);
    const { cluster, store, role } = props;
    const environment = { NODE_ENV: 'production', ...props.environment, JOBS_URL: store.url };
    const secrets = {
      ...props.secrets,
      ...(store.password && { JOBS_PASSWORD: ecs.Secret.fromSecretsManager(store.password) }),
    };
    refuseTwice(environment, secrets);

    this.logGroup = new LogGroup(this, 'Log', { retention: props.logRetention ?? RetentionDays.ONE_MONTH });
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: cluster.vpc,
      description: `${role} of the application`,
    });
    store.allowFrom(this.securityGroup);
    this.definition = new ecs.FargateTaskDefinition(this, 'Definition', {
      cpu: props.cpu ?? 256,
      memoryLimitMiB: props.memory ?? 512,
      runtimePlatform: {
        cpuArchitecture: props.architecture ?? ecs.CpuArchitecture.X86_64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
    });
    this.container = this.definition.addContainer(role, {
      containerName: role,
      image: props.image,
      command: [...props.command],
      environment,
      secrets,
      readonlyRootFilesystem: true,
      healthCheck: props.healthCheckCommand && healthCheck(props.healthCheckCommand),
      stopTimeout: props.stopTimeout === undefined ? undefined : Duration.seconds(props.stopTimeout),
      portMappings: props.portMappings && [...props.portMappings],
      logging: ecs.LogDrivers.awsLogs({ logGroup: this.logGroup, streamPrefix: role }),
    });
  }

  /** Holds a service back until its tasks may read their secrets: else the first ones fail, and the breaker counts. */
  permit(service: ecs.FargateService): void {
    if (this.definition.executionRole) service.node.addDependency(this.definition.executionRole);
  }
}

/** The times of the image's own HEALTHCHECK: what asks gives up by itself after 3 s, and then says why. */
function healthCheck(command: readonly string[]): ecs.HealthCheck {
  return {
    command: ['CMD', ...command],
    interval: Duration.seconds(10),
    timeout: Duration.seconds(5),
    retries: 3,
    startPeriod: Duration.seconds(60),
  };
}

/** ECS starts no task in which a variable is both, and CDK lets it pass. */
function refuseTwice(environment: object, secrets: object): void {
  const both = Object.keys(environment).filter((name) => name in secrets);
  if (both.length > 0)
    throw new Error(`${both.join(', ')} cannot be a plain variable and a secret: leave one out.`);
}
