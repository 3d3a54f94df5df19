import { Match, Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { beforeAll, describe, expect, it } from 'vitest';
import { JobsRedis, type JobsRedisProps } from '../src/jobs-redis.js';
import { emptyStack } from './synth.js';

function synthesize(props: Partial<JobsRedisProps> = {}): Template {
  const { stack, vpc } = emptyStack();
  const redis = new JobsRedis(stack, 'Redis', { vpc, ...props });
  redis.allowFrom(new SecurityGroup(stack, 'Peer', { vpc }));
  return Template.fromStack(stack);
}

const group = 'AWS::ElastiCache::ReplicationGroup';

describe('JobsRedis', () => {
  let template: Template;
  beforeAll(() => {
    template = synthesize();
  });

  it('evicts nothing, because it has its own parameter group', () => {
    template.hasResourceProperties('AWS::ElastiCache::ParameterGroup', {
      CacheParameterGroupFamily: 'valkey8',
      Properties: { 'maxmemory-policy': 'noeviction' },
    });
    const [parameters] = Object.keys(template.findResources('AWS::ElastiCache::ParameterGroup'));
    template.hasResourceProperties(group, { CacheParameterGroupName: { Ref: parameters } });
    expect(() => synthesize({ parameters: { 'maxmemory-policy': 'volatile-lru' } })).toThrow(/noeviction/);
  });

  it('accepts more parameters', () => {
    synthesize({ parameters: { timeout: '0' } }).hasResourceProperties('AWS::ElastiCache::ParameterGroup', {
      Properties: { 'maxmemory-policy': 'noeviction', timeout: '0' },
    });
  });

  it('is Valkey 8 or Redis 7.1', () => {
    template.hasResourceProperties(group, { Engine: 'valkey', EngineVersion: '8.0' });
    const redis = synthesize({ engine: 'redis' });
    redis.hasResourceProperties(group, { Engine: 'redis', EngineVersion: '7.1' });
    redis.hasResourceProperties('AWS::ElastiCache::ParameterGroup', { CacheParameterGroupFamily: 'redis7' });
  });

  it('survives a node and an availability zone', () => {
    template.hasResourceProperties(group, {
      NumCacheClusters: 2,
      AutomaticFailoverEnabled: true,
      MultiAZEnabled: true,
    });
    const [subnets] = Object.values(template.findResources('AWS::ElastiCache::SubnetGroup'));
    expect((subnets as { Properties: { SubnetIds: unknown[] } }).Properties.SubnetIds).toHaveLength(2);
    expect(() => synthesize({ replicas: 0 })).toThrow(/1 to 5/);
  });

  it('requires encryption in transit, and is encrypted at rest', () => {
    template.hasResourceProperties(group, {
      TransitEncryptionEnabled: true,
      TransitEncryptionMode: 'required',
      AtRestEncryptionEnabled: true,
    });
  });

  it('has a password that Secrets Manager makes and ElastiCache allows', () => {
    template.hasResourceProperties('AWS::SecretsManager::Secret', {
      // The secret contains only the password, so there is no template and no key.
      GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true, IncludeSpace: false },
    });
    const [secret] = Object.keys(template.findResources('AWS::SecretsManager::Secret'));
    template.hasResourceProperties('AWS::ElastiCache::User', {
      AuthenticationMode: {
        Type: 'password',
        Passwords: [
          { 'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: secret }, ':SecretString:::}}']] },
        ],
      },
    });
  });

  it('has one user, which reaches only the keys of the application and cannot administer the server', () => {
    template.resourceCountIs('AWS::ElastiCache::User', 1);
    template.hasResourceProperties('AWS::ElastiCache::User', {
      Engine: 'valkey',
      UserName: 'app',
      AccessString:
        'on ~{fledge}:* resetchannels +@all -@admin -@dangerous +info +client|setname +client|list',
    });
    const [user] = Object.keys(template.findResources('AWS::ElastiCache::User'));
    const [users] = Object.keys(template.findResources('AWS::ElastiCache::UserGroup'));
    template.hasResourceProperties('AWS::ElastiCache::UserGroup', { UserIds: [{ Ref: user }] });
    template.hasResourceProperties(group, { UserGroupIds: [{ Ref: users }], AuthToken: Match.absent() });
  });

  it('has a disabled default user on Redis, which requires a default user', () => {
    const redis = synthesize({ engine: 'redis', prefix: 'shop' });
    redis.resourceCountIs('AWS::ElastiCache::User', 2);
    redis.hasResourceProperties('AWS::ElastiCache::User', {
      UserName: 'default',
      AccessString: 'off ~* -@all',
    });
    redis.hasResourceProperties('AWS::ElastiCache::User', {
      UserName: 'app',
      AccessString: Match.stringLikeRegexp('^on ~\\{shop\\}:\\* '),
    });
  });

  it('is open only to its peers', () => {
    const [store] = Object.entries(
      template.findResources('AWS::EC2::SecurityGroup', {
        Properties: { GroupDescription: Match.stringLikeRegexp('jobs store') },
      }),
    );
    expect((store![1] as { Properties: object }).Properties).not.toHaveProperty('SecurityGroupIngress');
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 1);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: { 'Fn::GetAtt': [store![0], 'GroupId'] },
      SourceSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Peer'), 'GroupId'] },
      FromPort: 6379,
      ToPort: 6379,
      CidrIp: Match.absent(),
    });
    template.hasResourceProperties(group, { SecurityGroupIds: [{ 'Fn::GetAtt': [store![0], 'GroupId'] }] });
  });

  it('has a snapshot every day, and one when it is deleted', () => {
    template.hasResource(group, {
      Properties: { SnapshotRetentionLimit: 7 },
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
    });
  });

  it('raises an alarm when a node is 70 % full', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Threshold: 70,
      ComparisonOperator: 'GreaterThanThreshold',
      Metrics: Match.arrayWith([
        Match.objectLike({ Expression: 'MAX([node1, node2])', ReturnData: true }),
        Match.objectLike({
          Id: 'node2',
          MetricStat: Match.objectLike({
            Stat: 'Maximum',
            Metric: Match.objectLike({
              Namespace: 'AWS/ElastiCache',
              MetricName: 'DatabaseMemoryUsagePercentage',
            }),
          }),
        }),
      ]),
    });
  });

  it('raises an alarm at the first eviction', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      Metrics: Match.arrayWith([
        Match.objectLike({ Expression: 'SUM([node1, node2])' }),
        Match.objectLike({
          MetricStat: Match.objectLike({
            Stat: 'Sum',
            Metric: Match.objectLike({ MetricName: 'Evictions' }),
          }),
        }),
      ]),
    });
  });

  it('measures every node', () => {
    synthesize({ replicas: 2 }).hasResourceProperties('AWS::CloudWatch::Alarm', {
      Metrics: Match.arrayWith([Match.objectLike({ Expression: 'MAX([node1, node2, node3])' })]),
    });
  });
});
