import { Duration } from 'aws-cdk-lib';
import type { Connections, IConnectable } from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { ApplicationTask, type ApplicationProps } from './application-task.js';

export interface WebServiceProps extends ApplicationProps {
  /**
   * The command of the web process.
   * @default ['node', 'dist/main.js']
   */
  readonly command?: readonly string[];
  /**
   * `PORT`, on which the application listens.
   * @default 3000
   */
  readonly port?: number;
  /**
   * The command with which ECS checks the process, in addition to the load balancer's check.
   * @default none
   */
  readonly healthCheckCommand?: readonly string[];
  /**
   * The number of tasks.
   * @default 2
   */
  readonly tasks?: number;
  /**
   * The path of the load balancer's check. It must not depend on the jobs store, whose outage would stop the web tasks.
   * @default '/'
   */
  readonly healthCheckPath?: string;
  /**
   * The status codes of a healthy answer.
   * @default '200-499', because a process that answers 404 is alive
   */
  readonly healthyCodes?: string;
  /**
   * The ARN of a certificate in Certificate Manager. It enables HTTPS, to which HTTP is redirected.
   * @default none, which requires an internal load balancer or `allowHttp`
   */
  readonly certificateArn?: string;
  /**
   * True if a public load balancer may use plain HTTP. Passwords and cookies then travel unencrypted.
   * @default false
   */
  readonly allowHttp?: boolean;
  /**
   * True if the load balancer can be reached from the internet.
   * @default true
   */
  readonly isPublic?: boolean;
}

/** The key in a listener's metadata for the reason of plain HTTP. */
const plainHttp = 'FledgePlainHttp';

const unencrypted =
  'A public load balancer needs a certificate. Without one, passwords and cookies travel unencrypted. ' +
  'Pass certificateArn, or isPublic: false for an internal load balancer, or allowHttp: true to accept plain HTTP.';

/** The web process behind a load balancer. It runs the workers' image with another command. */
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
    // Marks plain HTTP as intended. The rules in rules/ check listeners without this mark.
    else
      (listener.node.defaultChild as elb.CfnListener).addMetadata(
        plainHttp,
        isPublic ? 'allowed' : 'internal',
      );
    listener.addTargets('Web', {
      port,
      protocol: elb.ApplicationProtocol.HTTP,
      targets: [this.service],
      // As long as the process may take to stop, so that running requests can finish.
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
