import { RemovalPolicy } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { CfnParameterGroup, CfnReplicationGroup, CfnSubnetGroup } from 'aws-cdk-lib/aws-elasticache';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { JobsRedisAlarms } from './jobs-redis-alarms.js';
import { JobsRedisUser } from './jobs-redis-user.js';
import type { JobsStore } from './jobs-store.js';

const port = 6379;

const engines = {
  valkey: { engineVersion: '8.0', family: 'valkey8' },
  redis: { engineVersion: '7.1', family: 'redis7' },
} as const;

export interface JobsRedisProps {
  readonly vpc: ec2.IVpc;
  /**
   * The subnets of the nodes, in at least two availability zones.
   * @default the VPC's private subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;
  /**
   * Valkey 8.0 or Redis 7.1. Valkey costs a fifth less.
   * @default 'valkey'
   */
  readonly engine?: keyof typeof engines;
  /**
   * The type of each node. A waiting job takes about 1 KB and its payload.
   * @default 'cache.t4g.small', 1.4 GB
   */
  readonly nodeType?: string;
  /**
   * The number of replicas that can take over from the primary, from 1 to 5. Each is in another availability zone.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * How many days the daily snapshots are kept.
   * @default 7
   */
  readonly snapshotRetention?: number;
  /**
   * The key for encryption at rest.
   * @default a key that AWS owns
   */
  readonly encryptionKey?: IKey;
  /**
   * The prefix of all keys, as in JOBS_URL. The application's user reaches no others.
   * @default 'fledge'
   */
  readonly prefix?: string;
  /**
   * More parameters of the engine, except `maxmemory-policy`, which is always `noeviction`.
   * @default none
   */
  readonly parameters?: Readonly<Record<string, string>>;
  /**
   * The percentage of used memory that raises the alarm.
   * @default 70
   */
  readonly memoryAlarm?: number;
  /**
   * The actions of the alarms.
   * @default none. The alarms are shown in CloudWatch
   */
  readonly alarmActions?: readonly IAlarmAction[];
}

/** ElastiCache for jobs. It never evicts, survives the loss of a node, is encrypted, and has a user with the least rights. */
export class JobsRedis extends Construct implements JobsStore {
  readonly replicationGroup: CfnReplicationGroup;
  readonly parameterGroup: CfnParameterGroup;
  readonly securityGroup: ec2.SecurityGroup;
  readonly user: JobsRedisUser;
  readonly password: Secret;
  readonly alarms: JobsRedisAlarms;
  readonly url: string;

  constructor(scope: Construct, id: string, props: JobsRedisProps) {
    super(scope, id);
    const { vpc, engine = 'valkey', replicas = 1, prefix = 'fledge' } = props;
    if (!Number.isInteger(replicas) || replicas < 1 || replicas > 5)
      throw new Error(
        `replicas is ${replicas}, but must be 1 to 5. Without a replica, the loss of a node would lose its jobs.`,
      );
    if (props.parameters?.['maxmemory-policy'] !== undefined)
      throw new Error(
        'maxmemory-policy is always noeviction, because any other policy silently deletes jobs. Remove it from parameters.',
      );

    this.password = new Secret(this, 'Password', {
      description: 'The password of the jobs store (JOBS_PASSWORD)',
      // ElastiCache accepts 16 to 128 characters. Of the punctuation it accepts only ! & # $ ^ < > -
      generateSecretString: { passwordLength: 64, excludePunctuation: true, includeSpace: false },
    });
    this.user = new JobsRedisUser(this, 'Access', { engine, prefix, password: this.password });
    this.parameterGroup = new CfnParameterGroup(this, 'Parameters', {
      cacheParameterGroupFamily: engines[engine].family,
      description: 'Jobs are not a cache: when memory is full, refuse new ones and evict nothing',
      properties: { ...props.parameters, 'maxmemory-policy': 'noeviction' },
    });
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'The jobs store; only web, workers and one-off tasks may enter',
      allowAllOutbound: false,
    });
    this.replicationGroup = this.createReplicationGroup(props, engine, replicas);
    const query = prefix === 'fledge' ? '' : `?prefix=${prefix}`;
    this.url = `rediss://${this.user.name}@${this.replicationGroup.attrPrimaryEndPointAddress}:${port}${query}`;
    this.alarms = new JobsRedisAlarms(this, 'Alarms', {
      replicationGroupId: this.replicationGroup.ref,
      nodes: replicas + 1,
      memoryThreshold: props.memoryAlarm ?? 70,
      actions: props.alarmActions ?? [],
    });
  }

  allowFrom(peer: ec2.IConnectable): void {
    // connections.allowFrom would warn about a needless egress rule for peers whose egress is unlimited.
    for (const group of peer.connections.securityGroups)
      this.securityGroup.addIngressRule(group, ec2.Port.tcp(port), 'Jobs');
  }

  private createReplicationGroup(
    { vpc, vpcSubnets, ...props }: JobsRedisProps,
    engine: keyof typeof engines,
    replicas: number,
  ): CfnReplicationGroup {
    const { subnetIds } = vpc.selectSubnets(vpcSubnets ?? { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS });
    const subnets = new CfnSubnetGroup(this, 'Subnets', { description: 'The jobs store', subnetIds });
    const group = new CfnReplicationGroup(this, 'ReplicationGroup', {
      replicationGroupDescription: 'The jobs store',
      engine,
      engineVersion: engines[engine].engineVersion,
      cacheNodeType: props.nodeType ?? 'cache.t4g.small',
      // One shard. BullMQ works on a cluster too, but all keys of a queue are in one slot, so more shards don't help it.
      numCacheClusters: replicas + 1,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: true,
      kmsKeyId: props.encryptionKey?.keyArn,
      userGroupIds: [this.user.group.ref],
      cacheParameterGroupName: this.parameterGroup.ref,
      cacheSubnetGroupName: subnets.ref,
      securityGroupIds: [this.securityGroup.securityGroupId],
      port,
      snapshotRetentionLimit: props.snapshotRetention ?? 7,
      autoMinorVersionUpgrade: true,
    });
    // The snapshot keeps the waiting jobs when the stack is deleted.
    group.applyRemovalPolicy(RemovalPolicy.SNAPSHOT);
    return group;
  }
}
