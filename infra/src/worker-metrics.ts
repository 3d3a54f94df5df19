import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';

/**
 * What a worker with `JOBS_METRICS=emf` writes into its log once a minute, and CloudWatch reads from there: the worker
 * needs no right to put metrics. Each worker tells of the whole application, by its `JOBS_APP`; without the store, none.
 */
export class WorkerMetrics {
  /** @param app the worker's `JOBS_APP` */
  constructor(private readonly app: string) {}

  /** Milliseconds that the longest waiting job of any queue has been due. */
  queueLatency(): Metric {
    return this.metric('QueueLatency', Stats.MAXIMUM);
  }

  /** Jobs that could run at once, all queues together. */
  queueSize(): Metric {
    return this.metric('QueueSize', Stats.MAXIMUM);
  }

  /** Live workers of the queue that has the fewest. */
  consumers(): Metric {
    return this.metric('Consumers', Stats.MINIMUM);
  }

  /** Queues that have jobs and no live worker. */
  unservedQueues(): Metric {
    return this.metric('UnservedQueues', Stats.MAXIMUM);
  }

  /** Jobs that run, all workers together: of this one metric each worker tells only of itself. */
  busy(): Metric {
    return this.metric('Busy', Stats.SUM);
  }

  /** Milliseconds of a round trip to the store. */
  roundTrip(): Metric {
    return this.metric('RoundTrip', Stats.MAXIMUM);
  }

  private metric(metricName: string, statistic: string): Metric {
    return new Metric({
      namespace: 'Fledge',
      metricName,
      dimensionsMap: { App: this.app },
      statistic,
      period: Duration.minutes(1),
    });
  }
}
