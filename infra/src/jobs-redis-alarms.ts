import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

export interface JobsRedisAlarmsProps {
  readonly replicationGroupId: string;
  /** The number of nodes in the group, including the primary. */
  readonly nodes: number;
  /** A percentage of the memory. */
  readonly memoryThreshold: number;
  readonly actions: readonly cloudwatch.IAlarmAction[];
}

/** Alarms for a store that is nearly full, which would refuse jobs, and for a store that evicts, which loses jobs. */
export class JobsRedisAlarms extends Construct {
  readonly memory: cloudwatch.Alarm;
  readonly evictions: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: JobsRedisAlarmsProps) {
    super(scope, id);
    this.memory = new cloudwatch.Alarm(this, 'Memory', {
      alarmDescription:
        'The memory of the jobs store is nearly full, and a full store refuses jobs. Look for a queue without a worker, or use larger nodes.',
      metric: overNodes('MAX', 'DatabaseMemoryUsagePercentage', props),
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: props.memoryThreshold,
      evaluationPeriods: 5,
      // During a failover a node sends no data. Its memory is then unknown.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
    this.evictions = new cloudwatch.Alarm(this, 'Evictions', {
      alarmDescription:
        'The jobs store deletes jobs, because its maxmemory-policy is no longer noeviction. Set it to noeviction.',
      metric: overNodes('SUM', 'Evictions', props),
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 0,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    for (const alarm of [this.memory, this.evictions]) alarm.addAlarmAction(...props.actions);
  }
}

/** Returns one metric over all nodes. ElastiCache measures each node, and the primary changes. */
function overNodes(
  operation: 'MAX' | 'SUM',
  metricName: string,
  { replicationGroupId, nodes }: JobsRedisAlarmsProps,
): cloudwatch.MathExpression {
  const period = Duration.minutes(1);
  const usingMetrics = Object.fromEntries(
    Array.from({ length: nodes }, (_, index) => [
      `node${index + 1}`,
      new cloudwatch.Metric({
        namespace: 'AWS/ElastiCache',
        metricName,
        // ElastiCache names nodes after their group: jobs-001, jobs-002.
        dimensionsMap: { CacheClusterId: `${replicationGroupId}-00${index + 1}` },
        statistic: operation === 'MAX' ? cloudwatch.Stats.MAXIMUM : cloudwatch.Stats.SUM,
        period,
      }),
    ]),
  );
  return new cloudwatch.MathExpression({
    expression: `${operation}([${Object.keys(usingMetrics).join(', ')}])`,
    label: metricName,
    usingMetrics,
    period,
  });
}
