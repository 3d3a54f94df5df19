import type { QueueStats, Store } from '../store/store.js';
import type { Unserved } from '../fleet/unserved.js';
import { minute } from '../values/duration.js';
import { printableJson } from '../values/printable.js';
import type { Counts, OutcomeCounts } from './outcome-counts.js';

/** The time between two lines, in milliseconds. Standard metrics of CloudWatch have a resolution of one minute. */
const every = minute;
/** The delay of the first line, in milliseconds. By then the store lists this worker's own processors. */
const firstAfter = 5_000;

const metrics = [
  { Name: 'QueueLatency', Unit: 'Milliseconds' },
  { Name: 'QueueSize', Unit: 'Count' },
  { Name: 'Consumers', Unit: 'Count' },
  { Name: 'UnservedQueues', Unit: 'Count' },
  { Name: 'Busy', Unit: 'Count' },
  { Name: 'RoundTrip', Unit: 'Milliseconds' },
  { Name: 'Performed', Unit: 'Count' },
  { Name: 'Failed', Unit: 'Count' },
  { Name: 'Dead', Unit: 'Count' },
  { Name: 'Expired', Unit: 'Count' },
] as const;

export interface MeasuredApplication {
  readonly store: Store;
  /** How many jobs run now. */
  readonly busy: () => number;
  /** All declared queues, because the queues that this worker does not serve are the ones that get forgotten. */
  readonly queues: readonly string[];
  readonly unserved: () => Unserved;
  readonly outcomes: OutcomeCounts;
}

/**
 * Writes one line per minute in CloudWatch's embedded metric format. If a container's log goes to CloudWatch, CloudWatch
 * turns the lines into metrics, without a permission or a client. While the store is down there are no lines, so the metrics
 * have missing data.
 */
export class EmfMetrics {
  private timer?: NodeJS.Timeout;
  private first?: NodeJS.Timeout;

  constructor(
    private readonly application: MeasuredApplication,
    /** The dimension `App`. */
    private readonly app: string,
    private readonly write: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.measure(), every).unref();
    this.first = setTimeout(() => void this.measure(), firstAfter).unref();
  }

  stop(): void {
    clearTimeout(this.first);
    clearInterval(this.timer);
  }

  private async measure(): Promise<void> {
    const { store, busy, queues, unserved, outcomes } = this.application;
    try {
      const [roundTrip, stats] = await Promise.all([store.ping(), store.stats(queues)]);
      this.write(printableJson(this.line(stats, roundTrip, busy(), unserved(), outcomes.take())));
    } catch {
      // The store's link reports its errors. Alarms treat the missing line as breaching.
    }
  }

  private line(
    stats: readonly QueueStats[],
    roundTrip: number,
    busy: number,
    unserved: Unserved,
    outcomes: Counts,
  ): Record<string, unknown> {
    const consumers = stats.map((queue) => queue.consumers).filter((count) => count !== undefined);
    return {
      _aws: {
        Timestamp: Date.now(),
        CloudWatchMetrics: [{ Namespace: 'Fledge', Dimensions: [['App']], Metrics: metrics }],
      },
      App: this.app,
      QueueLatency: Math.max(0, ...stats.map(({ latency }) => latency)),
      QueueSize: stats.reduce((sum, { size }) => sum + size, 0),
      // The lowest number of any queue. Unknown if the server doesn't list its clients.
      ...(consumers.length > 0 ? { Consumers: Math.min(...consumers) } : {}),
      UnservedQueues: unserved.queues.length,
      Busy: busy,
      RoundTrip: Number(roundTrip.toFixed(2)),
      Performed: outcomes.completed,
      Failed: outcomes.failed + outcomes.killed,
      Dead: outcomes.dead,
      Expired: outcomes.expired,
      // Not metrics, but useful when searching the log.
      outcomes,
      queues: stats,
    };
  }
}
