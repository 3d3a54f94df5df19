export interface Resource {
  readonly Type: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- templates and mistakes have any shape
  readonly Properties: any;
}
export type Resources = Record<string, Resource>;

// oxlint-disable-next-line typescript/no-explicit-any
function of(resources: Resources, type: string): any[] {
  return Object.values(resources)
    .filter((resource) => resource.Type === type)
    .map(({ Properties }) => Properties);
}
const store = (all: Resources) => of(all, 'AWS::ElastiCache::ReplicationGroup')[0];
const user = (all: Resources) => of(all, 'AWS::ElastiCache::User')[0];
const redirecting = (all: Resources) =>
  of(all, 'AWS::ElasticLoadBalancingV2::Listener').find(({ Protocol }) => Protocol === 'HTTP');
const parameters = (all: Resources) => of(all, 'AWS::ElastiCache::ParameterGroup')[0];
const ingress = (all: Resources) => of(all, 'AWS::EC2::SecurityGroupIngress')[0];
const task = (all: Resources) => of(all, 'AWS::ECS::TaskDefinition')[0];
const container = (all: Resources) => task(all).ContainerDefinitions[0];
const worker = (all: Resources) =>
  of(all, 'AWS::ECS::TaskDefinition')
    .map(({ ContainerDefinitions }) => ContainerDefinitions[0])
    .find(({ Name }) => Name === 'worker');
const deployment = (all: Resources) => of(all, 'AWS::ECS::Service')[1].DeploymentConfiguration;
const consumers = (all: Resources) =>
  of(all, 'AWS::CloudWatch::Alarm').find(({ MetricName }) => MetricName === 'Consumers');

type Mistake = readonly [what: string, rule: string, make: (all: Resources) => unknown];

/** Each mistake, with the rule that must find it. */
export const mistakes: readonly Mistake[] = [
  [
    'a policy that evicts',
    'jobs_are_never_evicted',
    (all) => (parameters(all).Properties['maxmemory-policy'] = 'volatile-lru'),
  ],
  ['parameters without a policy', 'jobs_are_never_evicted', (all) => (parameters(all).Properties = {})],
  [
    "AWS' own parameter group",
    'store_has_its_own_parameters',
    (all) => (store(all).CacheParameterGroupName = 'default.valkey8'),
  ],
  ['no group', 'store_has_its_own_parameters', (all) => delete store(all).CacheParameterGroupName],
  ['a misspelled engine', 'store_has_its_own_parameters', (all) => (store(all).Engine = 'valky')],
  [
    'the family of another engine',
    'parameters_fit_the_engine',
    (all) => (parameters(all).CacheParameterGroupFamily = 'redis7'),
  ],
  ['the version of another engine', 'parameters_fit_the_engine', (all) => (store(all).EngineVersion = '6.2')],
  ['valkey’s family for redis', 'parameters_fit_the_engine', (all) => (store(all).Engine = 'redis')],
  [
    'a version that redis does not have',
    'parameters_fit_the_engine',
    (all) => {
      parameters(all).CacheParameterGroupFamily = 'redis7';
      Object.assign(store(all), { Engine: 'redis', EngineVersion: '8.0' });
    },
  ],
  ['no TLS', 'store_is_private', (all) => (store(all).TransitEncryptionEnabled = false)],
  ['optional TLS', 'store_is_private', (all) => (store(all).TransitEncryptionMode = 'preferred')],
  ['no encryption at rest', 'store_is_private', (all) => (store(all).AtRestEncryptionEnabled = false)],
  ['a password of the default user', 'store_is_private', (all) => (store(all).AuthToken = 'correct-horse')],
  ['no users', 'store_is_private', (all) => delete store(all).UserGroupIds],
  ['an empty list of users', 'store_is_private', (all) => (store(all).UserGroupIds = [])],
  [
    'a user with access to all keys',
    'users_have_the_least_rights',
    (all) => (user(all).AccessString = 'on ~* +@all -@admin -@dangerous'),
  ],
  [
    'a user with all rights',
    'users_have_the_least_rights',
    (all) => (user(all).AccessString = 'on ~{fledge}:* +@all'),
  ],
  [
    'a user without a password',
    'users_have_the_least_rights',
    (all) => (user(all).AuthenticationMode = { Type: 'no-password-required' }),
  ],
  [
    'a password in the template',
    'users_have_the_least_rights',
    (all) => (user(all).AuthenticationMode.Passwords = ['correct-horse']),
  ],
  [
    'a listener for plain HTTP',
    'public_traffic_is_encrypted',
    (all) => (redirecting(all).DefaultActions[0].Type = 'forward'),
  ],
  ['no replica', 'store_survives_a_node', (all) => (store(all).NumCacheClusters = 1)],
  ['one availability zone', 'store_survives_a_node', (all) => (store(all).MultiAZEnabled = false)],
  ['no failover', 'store_survives_a_node', (all) => (store(all).AutomaticFailoverEnabled = false)],
  ['no snapshots', 'store_survives_a_node', (all) => delete store(all).SnapshotRetentionLimit],
  [
    'ingress from IPv4 addresses',
    'ingress_names_security_groups',
    (all) => (ingress(all).CidrIp = '0.0.0.0/0'),
  ],
  ['ingress from IPv6 addresses', 'ingress_names_security_groups', (all) => (ingress(all).CidrIpv6 = '::/0')],
  [
    'ingress without a source',
    'ingress_names_security_groups',
    (all) => delete ingress(all).SourceSecurityGroupId,
  ],
  [
    'less time to stop than the default of ECS',
    'containers_stop_in_time',
    (all) => (worker(all).StopTimeout = 10),
  ],
  [
    'a worker whose JOBS_STOP_TIMEOUT has no StopTimeout',
    'containers_stop_in_time',
    (all) => delete worker(all).StopTimeout,
  ],
  ['a worker without a health check', 'workers_have_health_checks', (all) => delete worker(all).HealthCheck],
  [
    'a health check in a shell',
    'health_checks_need_no_shell',
    (all) => (worker(all).HealthCheck.Command = ['CMD-SHELL', 'node docker/healthcheck.mjs']),
  ],
  [
    'more time to stop than Fargate allows',
    'containers_stop_in_time',
    (all) =>
      of(all, 'AWS::ECS::TaskDefinition').map((each) => (each.ContainerDefinitions[0].StopTimeout = 300)),
  ],
  ['npm as process 1', 'containers_are_read_only', (all) => (container(all).Command = ['npm', 'start'])],
  [
    'a writable root file system',
    'containers_are_read_only',
    (all) => delete container(all).ReadonlyRootFilesystem,
  ],
  [
    'a password as a plain variable',
    'passwords_are_secrets',
    (all) => container(all).Environment.push({ Name: 'JOBS_PASSWORD', Value: 'x' }),
  ],
  [
    'a deployment without a rollback',
    'deployments_roll_back',
    (all) => (deployment(all).DeploymentCircuitBreaker.Rollback = false),
  ],
  [
    'a deployment without a breaker',
    'deployments_roll_back',
    (all) => (deployment(all).DeploymentCircuitBreaker.Enable = false),
  ],
  [
    'a deployment that stops the old ones first',
    'deployments_roll_back',
    (all) => (deployment(all).MinimumHealthyPercent = 0),
  ],
  [
    'a deployment that cannot start new tasks',
    'deployments_roll_back',
    (all) => (deployment(all).MaximumPercent = 100),
  ],
  [
    'an alarm that does not define missing data',
    'alarms_define_missing_data',
    (all) => delete consumers(all).TreatMissingData,
  ],
  [
    'an alarm that is off while no worker runs',
    'no_worker_at_all_is_an_alarm',
    (all) => (consumers(all).TreatMissingData = 'notBreaching'),
  ],
  // AWS' schemas must find these.
  ['a misspelled property', 'F3002', (all) => (store(all).TransitEncryptionEnable = true)],
  ['CPU and memory that do not fit', 'E3047', (all) => (task(all).Memory = '8192')],
];
