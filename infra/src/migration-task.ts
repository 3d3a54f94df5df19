import { SubnetType, type Connections, type IConnectable } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { ApplicationTask, type ApplicationProps } from './application-task.js';

export interface MigrationTaskProps extends ApplicationProps {
  /**
   * The command, such as `['npx', 'typeorm', 'migration:run', …]`.
   * @default ['node', 'dist/main-worker.js', '--check']. It boots the application, which creates the tables of the
   * reference application. It connects to both stores and exits with 0 if a worker could start
   */
  readonly command?: readonly string[];
}

/** A task that runs once on demand, for migrations, `fledge doctor` and similar commands. */
export class MigrationTask extends Construct implements IConnectable {
  readonly task: ApplicationTask;
  readonly connections: Connections;
  /** The command that runs the task. */
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
