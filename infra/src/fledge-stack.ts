import { Aws, CfnOutput, CfnParameter, Stack, type StackProps } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Vpc, type IVpc } from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { AppDatabase, type AppDatabaseProps } from './app-database.js';
import { imageFromParameters, imageFromSource, type ImageSource } from './app-image.js';
import type { ApplicationProps } from './application-task.js';
import { JobsRedis, type JobsRedisProps } from './jobs-redis.js';
import { MigrationTask, type MigrationTaskProps } from './migration-task.js';
import { WebService, type WebServiceProps } from './web-service.js';
import { WorkerService, type WorkerServiceProps } from './worker-service.js';

/** Of one construct, what the stack does not decide for it. */
type Own<Props> = Partial<
  Omit<Props, 'vpc' | 'cluster' | 'image' | 'store' | 'architecture' | 'alarmActions'>
>;

export interface FledgeStackProps extends StackProps {
  /**
   * `JOBS_APP`: what the metrics are told apart by.
   * @default the stack's name
   */
  readonly app?: string;
  /**
   * Builds the image with Docker when the stack is deployed.
   * @default parameters ImageRepository and ImageTag, of an image in ECR
   */
  readonly source?: ImageSource;
  /**
   * What the image is built for.
   * @default X86_64
   */
  readonly architecture?: ecs.CpuArchitecture;
  /**
   * A VPC that is there.
   * @default a new one in two availability zones, with one NAT gateway
   */
  readonly vpc?: IVpc;
  /**
   * Variables for web, worker and one-off tasks.
   * @default none
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Variables whose values are secrets that are there before the stack. Each becomes a parameter with the secret's
   * ARN: `SMTP_URL` becomes `SmtpUrlArn`.
   * @default none
   */
  readonly secrets?: readonly string[];
  /**
   * The application's PostgreSQL; false when it has one, whose `DATABASE_URL` then is one of `secrets`.
   * @default a small one
   */
  readonly database?: Own<AppDatabaseProps> | false;
  /** @default {} */
  readonly redis?: Own<JobsRedisProps>;
  /** @default {}; a public one without `certificateArn` and `allowHttp` takes the certificate from a parameter, CertificateArn */
  readonly web?: Own<WebServiceProps>;
  /** @default {} */
  readonly worker?: Own<WorkerServiceProps>;
  /** @default {} */
  readonly migration?: Own<MigrationTaskProps>;
}

/** A whole system: one image as web, worker and one-off task, the jobs store, a database, and a topic for the alarms. */
export class FledgeStack extends Stack {
  readonly vpc: IVpc;
  readonly cluster: ecs.Cluster;
  readonly redis: JobsRedis;
  readonly database: AppDatabase | undefined;
  readonly web: WebService;
  readonly worker: WorkerService;
  readonly migration: MigrationTask;
  readonly alarmTopic: Topic;

  constructor(scope: Construct, id: string, props: FledgeStackProps = {}) {
    super(scope, id, props);
    // Emptying the default security group would take a Lambda function, and that an asset.
    this.vpc =
      props.vpc ?? new Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 1, restrictDefaultSecurityGroup: false });
    this.cluster = new ecs.Cluster(this, 'Cluster', { vpc: this.vpc });
    this.alarmTopic = new Topic(this, 'Alarms', { enforceSSL: true });
    const alarmActions = [new SnsAction(this.alarmTopic)];
    this.redis = new JobsRedis(this, 'Redis', { vpc: this.vpc, alarmActions, ...props.redis });
    if (props.database !== false)
      this.database = new AppDatabase(this, 'Database', { vpc: this.vpc, ...props.database });

    const application: ApplicationProps = {
      cluster: this.cluster,
      store: this.redis,
      image: props.source ? imageFromSource(props.source, props.architecture) : imageFromParameters(this),
      architecture: props.architecture,
      environment: props.environment,
      secrets: { ...this.databaseUrl(), ...this.secretParameters(props.secrets ?? []) },
    };
    this.web = new WebService(this, 'Web', {
      ...withOwn(application, props.web),
      ...this.certificate(props.web),
    });
    this.worker = new WorkerService(this, 'Worker', {
      app: props.app ?? Aws.STACK_NAME,
      alarmActions,
      ...withOwn(application, props.worker),
    });
    this.migration = new MigrationTask(this, 'Migration', withOwn(application, props.migration));
    for (const peer of [this.web, this.worker, this.migration]) this.database?.allowFrom(peer);
    this.addOutputs();
  }

  private databaseUrl(): Record<string, ecs.Secret> {
    return this.database ? { DATABASE_URL: ecs.Secret.fromSecretsManager(this.database.url) } : {};
  }

  private secretParameters(names: readonly string[]): Record<string, ecs.Secret> {
    return Object.fromEntries(
      names.map((name) => {
        const parameter = new CfnParameter(this, `${pascal(name)}Arn`, {
          description: `ARN of the secret that is the whole ${name}`,
          allowedPattern: 'arn:[a-z-]+:secretsmanager:.+:secret:.+-[A-Za-z0-9]{6}',
        });
        const secret = Secret.fromSecretCompleteArn(this, `${pascal(name)}Secret`, parameter.valueAsString);
        return [name, ecs.Secret.fromSecretsManager(secret)];
      }),
    );
  }

  private certificate(web: FledgeStackProps['web'] = {}): Pick<WebServiceProps, 'certificateArn'> {
    if (web.certificateArn || web.allowHttp || web.isPublic === false) return {};
    const parameter = new CfnParameter(this, 'CertificateArn', {
      description: 'ARN of the certificate of the load balancer, in Certificate Manager',
      allowedPattern: 'arn:[a-z-]+:acm:.+:certificate/.+',
    });
    return { certificateArn: parameter.valueAsString };
  }

  private addOutputs(): void {
    const outputs: Record<string, string> = {
      Url: this.web.url,
      ClusterName: this.cluster.clusterName,
      WebServiceName: this.web.service.serviceName,
      WorkerServiceName: this.worker.service.serviceName,
      WebLog: this.web.task.logGroup.logGroupName,
      WorkerLog: this.worker.task.logGroup.logGroupName,
      MigrationLog: this.migration.task.logGroup.logGroupName,
      AlarmTopic: this.alarmTopic.topicArn,
      RunMigration: this.migration.runCommand,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}

/** A variable of one construct's own comes on top of those of all: it must not take them away. */
function withOwn<Props extends Partial<ApplicationProps>>(
  all: ApplicationProps,
  own?: Props,
): ApplicationProps & Props {
  return {
    ...all,
    ...(own as Props),
    environment: { ...all.environment, ...own?.environment },
    secrets: { ...all.secrets, ...own?.secrets },
  };
}

/** SMTP_URL → SmtpUrl */
function pascal(name: string): string {
  return name
    .toLowerCase()
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
