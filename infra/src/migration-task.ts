import { SubnetType, type Connections, type IConnectable } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { ApplicationTask, type ApplicationProps } from './application-task.js';

export interface MigrationTaskProps extends ApplicationProps {
  /**
   * What it runs: `['npx', 'typeorm', 'migration:run', …]`, or whatever the application migrates with.
   * @default ['node', 'dist/main-worker.js', '--check']: boots the application, which in the reference application makes
   * the tables, reaches both stores and ends with 0 when a worker could start
   */
  readonly command?: readonly string[];
}

/** A task that runs once when somebody says so: migrations, `fledge doctor`, a console's errand. */
export class MigrationTask extends Construct implements IConnectable {
  readonly task: ApplicationTask;
  readonly connections: Connections;
  /** What to type to run it. */
  readonly runCommand: string;

  constructor(scope: Construct, id: string, props: MigrationTaskProps) {
    super(scope, id);
    const { cluster } = props;
    this.task = new ApplicationTask(this, 'Task', {
      ...props,
      role: 'migration',
      command: props.command ?? ['node', 'dist/main-worker.js', '--check'],
    });
    this.connections = this.task.securityGroup.connections;
    const { subnetIds } = cluster.vpc.selectSubnets(
      props.vpcSubnets ?? { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
    );
    this.runCommand = [
      'aws ecs run-task --launch-type FARGATE',
      `--cluster ${cluster.clusterName}`,
      `--task-definition ${this.task.definition.taskDefinitionArn}`,
      `--network-configuration 'awsvpcConfiguration={subnets=[${subnetIds.join(',')}],` +
        `securityGroups=[${this.task.securityGroup.securityGroupId}],assignPublicIp=DISABLED}'`,
    ].join(' ');
  }
}
