import { Duration, RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

export interface AppDatabaseProps {
  readonly vpc: ec2.IVpc;
  /**
   * The type of the instance.
   * @default t4g.micro
   */
  readonly instanceType?: ec2.InstanceType;
  /**
   * True for a standby in another availability zone, which doubles the price.
   * @default false
   */
  readonly multiAz?: boolean;
  /**
   * The path of RDS' certificate bundle in the image. With it the application verifies the server of its database. Node
   * does not trust these certificates by default, and the image of this repository does not contain them.
   * @default none: the connection is encrypted, but the certificate is not verified
   */
  readonly certificateBundle?: string;
}

/** A small PostgreSQL for the application, so that a first deployment needs no existing database. */
export class AppDatabase extends Construct {
  /** A secret that contains the whole `DATABASE_URL`. */
  readonly url: Secret;
  private readonly securityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, props: AppDatabaseProps) {
    super(scope, id);
    const { vpc, instanceType, multiAz = false, certificateBundle } = props;
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'The database; only web, workers and one-off tasks may enter',
      allowAllOutbound: false,
    });
    const instance = new rds.DatabaseInstance(this, 'Instance', {
      engine: rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_17 }),
      instanceType: instanceType ?? ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MICRO),
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [this.securityGroup],
      multiAz,
      databaseName: 'app',
      // The password becomes part of a URL, so it must not contain these characters.
      credentials: rds.Credentials.fromGeneratedSecret('app', {
        excludeCharacters: ` %+~\`#$&*()|[]{}:;<>?!'/@"\\^=,`,
      }),
      allocatedStorage: 20,
      storageType: rds.StorageType.GP3,
      storageEncrypted: true,
      backupRetention: Duration.days(7),
      removalPolicy: RemovalPolicy.SNAPSHOT,
    });
    const password = instance.secret!.secretValueFromJson('password').unsafeUnwrap();
    const tls = certificateBundle
      ? `sslmode=verify-full&sslrootcert=${encodeURIComponent(certificateBundle)}`
      : 'sslmode=no-verify';
    this.url = new Secret(this, 'Url', {
      description: 'DATABASE_URL',
      secretStringValue: SecretValue.unsafePlainText(
        `postgres://app:${password}@${instance.dbInstanceEndpointAddress}:${instance.dbInstanceEndpointPort}/app?${tls}`,
      ),
    });
  }

  allowFrom(peer: ec2.IConnectable): void {
    for (const group of peer.connections.securityGroups)
      this.securityGroup.addIngressRule(group, ec2.Port.tcp(5432), 'Database');
  }
}
