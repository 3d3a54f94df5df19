import { Duration } from 'aws-cdk-lib';
import type { Connections, IConnectable } from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { ApplicationTask, type ApplicationProps } from './application-task.js';

export interface WebServiceProps extends ApplicationProps {
  /**
   * How the web process is started.
   * @default ['node', 'dist/main.js']
   */
  readonly command?: readonly string[];
  /**
   * `PORT`: where the application listens.
   * @default 3000
   */
  readonly port?: number;
  /**
   * What tells ECS whether the process lives, beside the load balancer, which asks from outside.
   * @default none
   */
  readonly healthCheckCommand?: readonly string[];
  /**
   * How many tasks run.
   * @default 2
   */
  readonly tasks?: number;
  /**
   * What the load balancer asks for. Nothing that fails with the jobs store: its outage would take the web down.
   * @default '/'
   */
  readonly healthCheckPath?: string;
  /**
   * Status codes of a healthy answer.
   * @default '200-499': whoever says that there is no such page is alive
   */
  readonly healthyCodes?: string;
  /**
   * ARN of a certificate in Certificate Manager. It turns on HTTPS, and HTTP redirects to it.
   * @default none, which only an internal load balancer or `allowHttp` permits
   */
  readonly certificateArn?: string;
  /**
   * Whether a public load balancer may speak HTTP alone, so that passwords and cookies travel unencrypted.
   * @default false
   */
  readonly allowHttp?: boolean;
  /**
   * Whether the load balancer can be reached from the internet.
   * @default true
   */
  readonly isPublic?: boolean;
}

/** In a listener's metadata: why it speaks HTTP alone. */
const plainHttp = 'FledgePlainHttp';

const unencrypted =
  'A public load balancer needs a certificate: without one, passwords and cookies travel unencrypted. ' +
  'Pass certificateArn, or isPublic: false for an internal load balancer, or allowHttp: true to accept plain HTTP.';

/** The web process behind a load balancer: the workers' image with another command. */
export class WebService extends Construct implements IConnectable {
  readonly service: ecs.FargateService;
  readonly task: ApplicationTask;
  readonly loadBalancer: elb.ApplicationLoadBalancer;
  readonly url: string;
  readonly connections: Connections;

  constructor(scope: Construct, id: string, props: WebServiceProps) {
    super(scope, id);
    const { cluster, port = 3000, certificateArn, isPublic = true, allowHttp = false } = props;
    if (isPublic && !certificateArn && !allowHttp) throw new Error(unencrypted);

    this.task = new ApplicationTask(this, 'Task', {
      ...props,
      role: 'web',
      command: props.command ?? ['node', 'dist/main.js'],
      stopTimeout: 30,
      environment: { ...props.environment, PORT: `${port}` },
      portMappings: [{ containerPort: port }],
    });
    this.connections = this.task.securityGroup.connections;
    this.service = new ecs.FargateService(this, 'Service', {
      cluster,
      taskDefinition: this.task.definition,
      desiredCount: props.tasks ?? 2,
      vpcSubnets: props.vpcSubnets,
      securityGroups: [this.task.securityGroup],
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      healthCheckGracePeriod: Duration.seconds(60),
    });
    this.task.permit(this.service);
    this.loadBalancer = new elb.ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc: cluster.vpc,
      internetFacing: isPublic,
      dropInvalidHeaderFields: true,
    });
    const listener = certificateArn
      ? this.loadBalancer.addListener('Https', {
          port: 443,
          certificates: [elb.ListenerCertificate.fromArn(certificateArn)],
          sslPolicy: elb.SslPolicy.RECOMMENDED_TLS,
        })
      : this.loadBalancer.addListener('Http', { port: 80 });
    if (certificateArn) this.loadBalancer.addRedirect();
    // For the rules, which see no reason in a listener: this one was chosen.
    else
      (listener.node.defaultChild as elb.CfnListener).addMetadata(
        plainHttp,
        isPublic ? 'allowed' : 'internal',
      );
    listener.addTargets('Web', {
      port,
      protocol: elb.ApplicationProtocol.HTTP,
      targets: [this.service],
      // Requests that run get the time that the process has to stop.
      deregistrationDelay: Duration.seconds(30),
      healthCheck: {
        path: props.healthCheckPath ?? '/',
        healthyHttpCodes: props.healthyCodes ?? '200-499',
        interval: Duration.seconds(15),
        timeout: Duration.seconds(5),
      },
    });
    this.url = `${certificateArn ? 'https' : 'http'}://${this.loadBalancer.loadBalancerDnsName}`;
  }
}
