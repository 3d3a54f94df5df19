import { Duration } from 'aws-cdk-lib';
import { AdjustmentType } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { ScalableTaskCount } from 'aws-cdk-lib/aws-ecs';
import type { WorkerMetrics } from './worker-metrics.js';

/** How long jobs may wait before a worker is added, in milliseconds. */
const late = 30_000;

/**
 * Scales by steps of the latency. Target tracking assumes a metric that halves when the number of workers doubles, such as
 * CPU. Latency is 0 while there are enough workers, and grows without bound otherwise. Target tracking would jump to the
 * maximum at the first burst, and could not decide when the latency is 0.
 *
 * Workers are added fast, because late jobs do harm. They are removed slowly, because a worker that stops interrupts its
 * jobs, which are handed back and use up no attempt.
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
    // A new worker needs this long to start and to affect the metric.
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
