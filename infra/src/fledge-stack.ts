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

/** The options of a construct that the stack does not set itself. */
type Own<Props> = Partial<
  Omit<Props, 'vpc' | 'cluster' | 'image' | 'store' | 'architecture' | 'alarmActions'>
>;

export interface FledgeStackProps extends StackProps {
  /**
   * `JOBS_APP`, which separates the metrics of several applications.
   * @default the stack's name
   */
  readonly app?: string;
  /**
   * The source of the image. Docker builds it when the stack is deployed.
   * @default an image in ECR, which the parameters ImageRepository and ImageTag name
   */
  readonly source?: ImageSource;
  /**
   * The architecture that the image is built for.
   * @default X86_64
   */
  readonly architecture?: ecs.CpuArchitecture;
  /**
   * An existing VPC.
   * @default a new one in two availability zones, with one NAT gateway
   */
  readonly vpc?: IVpc;
  /**
   * Variables for web, worker and one-off tasks.
   * @default none
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Variables whose values are existing secrets. Each becomes a parameter with the secret's ARN: `SMTP_URL` becomes
   * `SmtpUrlArn`.
   * @default none
   */
  readonly secrets?: readonly string[];
  /**
   * Options of the application's PostgreSQL. Use false for an existing one, and add `DATABASE_URL` to `secrets`.
   * @default a small one
   */
  readonly database?: Own<AppDatabaseProps> | false;
  /** @default {} */
  readonly redis?: Own<JobsRedisProps>;
  /**
   * Without `certificateArn` and `allowHttp`, a public service takes the certificate from the parameter CertificateArn.
   * @default {}
   */
  readonly web?: Own<WebServiceProps>;
  /** @default {} */
  readonly worker?: Own<WorkerServiceProps>;
  /** @default {} */
  readonly migration?: Own<MigrationTaskProps>;
}

/** A whole system of web, worker and one-off task from one image, with the jobs store, a database and a topic for alarms. */
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
    // To empty the default security group, CDK would need a Lambda function, which is an asset.
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
          description: `ARN of the secret that contains the whole ${name}`,
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
      description: "ARN of the load balancer's certificate in Certificate Manager",
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

/** Adds a construct's own variables to the shared ones, which they must not replace as a whole. */
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

/** Converts SMTP_URL to SmtpUrl. */
function pascal(name: string): string {
  return name
    .toLowerCase()
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
