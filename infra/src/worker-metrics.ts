import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';

/**
 * The metrics that a worker with `JOBS_METRICS=emf` writes into its log once a minute. CloudWatch reads them from the log,
 * so the worker needs no right to put metrics. Each worker reports on the whole application with its `JOBS_APP`. While the
 * store is unavailable, no worker reports.
 */
export class WorkerMetrics {
  /** @param app the worker's `JOBS_APP` */
  constructor(private readonly app: string) {}

  /** How long the longest waiting job of any queue has been due, in milliseconds. */
  queueLatency(): Metric {
    return this.metric('QueueLatency', Stats.MAXIMUM);
  }

  /** The number of jobs that are ready to run, in all queues. */
  queueSize(): Metric {
    return this.metric('QueueSize', Stats.MAXIMUM);
  }

  /** The number of live workers of the queue that has the fewest. */
  consumers(): Metric {
    return this.metric('Consumers', Stats.MINIMUM);
  }

  /** The number of queues that have jobs and no live worker. */
  unservedQueues(): Metric {
    return this.metric('UnservedQueues', Stats.MAXIMUM);
  }

  /** The number of running jobs. For this metric, each worker reports only its own jobs. */
  busy(): Metric {
    return this.metric('Busy', Stats.SUM);
  }

  /** The duration of a round trip to the store, in milliseconds. */
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
