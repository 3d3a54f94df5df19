import { Stack, type StackProps } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, Secret } from 'aws-cdk-lib/aws-ecs';
import { Secret as StoredSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { imageFromParameters, JobsRedis, WebService, WorkerService } from 'nestjs-fledge-infra';

export interface ShopProps extends StackProps {
  readonly certificateArn: string;
}

export class ShopStack extends Stack {
  constructor(scope: Construct, id: string, { certificateArn, ...props }: ShopProps) {
    super(scope, id, props);
    const vpc = new Vpc(this, 'Vpc', { maxAzs: 2 });
    const database = StoredSecret.fromSecretNameV2(this, 'DatabaseUrl', 'shop/database-url');
    const application = {
      cluster: new Cluster(this, 'Cluster', { vpc }),
      store: new JobsRedis(this, 'Redis', { vpc, nodeType: 'cache.m7g.large' }),
      image: imageFromParameters(this),
      secrets: { DATABASE_URL: Secret.fromSecretsManager(database) },
    };
    new WebService(this, 'Web', {
      ...application,
      certificateArn,
      healthCheckPath: '/up',
      healthyCodes: '200',
    });
    const worker = new WorkerService(this, 'Worker', {
      ...application,
      app: 'shop',
      cpu: 512,
      memory: 1024,
      shutdownTimeout: 90,
      maxTasks: 20,
    });
    // The root file system is read-only. This volume lets jobs write to /tmp; the image declares VOLUME /tmp.
    worker.task.definition.addVolume({ name: 'tmp' });
    worker.task.container.addMountPoints({ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false });
  }
}
