import { Duration } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { JobsStore } from './jobs-store.js';

/** Options that web, worker and one-off tasks share. They are one application from one image. */
export interface ApplicationProps {
  readonly cluster: ecs.ICluster;
  readonly image: ecs.ContainerImage;
  readonly store: JobsStore;
  /**
   * More variables. The worker runs the whole application, so it needs all variables of the web.
   * @default none
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Variables whose values are secrets, such as `DATABASE_URL` and `SMTP_URL`.
   * @default none
   */
  readonly secrets?: Readonly<Record<string, ecs.Secret>>;
  /**
   * CPU units. 1024 units are one virtual CPU. Fargate supports only some combinations with `memory`.
   * @default 256
   */
  readonly cpu?: number;
  /**
   * The memory in MiB.
   * @default 512
   */
  readonly memory?: number;
  /**
   * The architecture that the image was built for.
   * @default X86_64
   */
  readonly architecture?: ecs.CpuArchitecture;
  /**
   * How long the log is kept.
   * @default one month
   */
  readonly logRetention?: RetentionDays;
  /**
   * The subnets of the tasks.
   * @default the VPC's private subnets with egress
   */
  readonly vpcSubnets?: ec2.SubnetSelection;
}

export interface ApplicationTaskProps extends ApplicationProps {
  /** The command in exec form. A shell or npm would not pass SIGTERM on. */
  readonly command: readonly string[];
  /** The name of the role. It is the name of the container and the prefix of its log stream. */
  readonly role: string;
  /** The seconds between SIGTERM and SIGKILL. */
  readonly stopTimeout?: number;
  /** The command of the health check in exec form. It exits with 0 if the container is healthy. ECS ignores the image's HEALTHCHECK. */
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
    refuseDuplicates(environment, secrets);

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

  /** Creates a service only after its tasks may read their secrets. Otherwise the circuit breaker would count the first failures. */
  permit(service: ecs.FargateService): void {
    if (this.definition.executionRole) service.node.addDependency(this.definition.executionRole);
  }
}

/** Returns a health check with the intervals of the image's HEALTHCHECK. The command itself ends after 3 s and prints the reason. */
function healthCheck(command: readonly string[]): ecs.HealthCheck {
  return {
    command: ['CMD', ...command],
    interval: Duration.seconds(10),
    timeout: Duration.seconds(5),
    retries: 3,
    startPeriod: Duration.seconds(60),
  };
}

/** Refuses a name that is a variable and a secret. ECS would not start such a task, and CDK does not check it. */
function refuseDuplicates(environment: object, secrets: object): void {
  const both = Object.keys(environment).filter((name) => name in secrets);
  if (both.length > 0)
    throw new Error(`${both.join(', ')} cannot be a plain variable and a secret. Remove one of them.`);
}
