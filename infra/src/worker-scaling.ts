import { Duration } from 'aws-cdk-lib';
import { AdjustmentType } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { ScalableTaskCount } from 'aws-cdk-lib/aws-ecs';
import type { WorkerMetrics } from './worker-metrics.js';

/** Milliseconds that jobs may wait before there is another worker. */
const late = 30_000;

/**
 * Steps, not target tracking: that one assumes a metric which halves when the workers double, such as CPU. Latency is
 * 0 as long as there are enough of them and grows without bound when there are not, so that target tracking would jump
 * to the maximum at the first burst, and see in a calm of one minute nothing to go by.
 *
 * More come fast, since late jobs are what hurts; fewer go slowly, since each that goes interrupts its jobs (they are
 * handed back, and cost no attempt).
 */
export function scaleOnQueueLatency(tasks: ScalableTaskCount, metrics: WorkerMetrics): void {
  tasks.scaleOnMetric('Late', {
    metric: metrics.queueLatency(),
    adjustmentType: AdjustmentType.CHANGE_IN_CAPACITY,
    scalingSteps: [
      { upper: late, change: 0 },
      { lower: late, change: +1 },
      { lower: 4 * late, change: +2 },
      { lower: 20 * late, change: +4 },
    ],
    evaluationPeriods: 2,
    // As long as a new worker takes to start and to show in the metric.
    cooldown: Duration.minutes(2),
  });
  tasks.scaleOnMetric('Idle', {
    metric: metrics.queueLatency(),
    adjustmentType: AdjustmentType.CHANGE_IN_CAPACITY,
    scalingSteps: [
      { upper: 1_000, change: -1 },
      { lower: 1_000, change: 0 },
    ],
    evaluationPeriods: 15,
    cooldown: Duration.minutes(5),
  });
}
