import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

export interface JobsRedisAlarmsProps {
  readonly replicationGroupId: string;
  /** How many nodes the group has, the primary included. */
  readonly nodes: number;
  /** Percent of the memory. */
  readonly memoryThreshold: number;
  readonly actions: readonly cloudwatch.IAlarmAction[];
}

/** A store that gets full refuses jobs; one that evicts loses them. */
export class JobsRedisAlarms extends Construct {
  readonly memory: cloudwatch.Alarm;
  readonly evictions: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: JobsRedisAlarmsProps) {
    super(scope, id);
    this.memory = new cloudwatch.Alarm(this, 'Memory', {
      alarmDescription:
        'The jobs store gets full, and a full one refuses jobs. Look for a queue that nobody works; give it larger nodes.',
      metric: overNodes('MAX', 'DatabaseMemoryUsagePercentage', props),
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: props.memoryThreshold,
      evaluationPeriods: 5,
      // A node without data is one that fails over; that says nothing of its memory.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
    this.evictions = new cloudwatch.Alarm(this, 'Evictions', {
      alarmDescription: 'The jobs store deletes jobs: its maxmemory-policy is not noeviction any more.',
      metric: overNodes('SUM', 'Evictions', props),
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 0,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    for (const alarm of [this.memory, this.evictions]) alarm.addAlarmAction(...props.actions);
  }
}

/** ElastiCache counts by node, and which of them is the primary changes: all are looked at, by one alarm. */
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
        // Nodes are called after their group: jobs-001, jobs-002.
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
