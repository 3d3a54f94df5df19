import type { QueueStats, Store } from '../store/store.js';
import type { Unworked } from '../fleet/unserved.js';
import { printableJson } from '../values/printable.js';
import type { Counts, OutcomeCounts } from './outcome-counts.js';

/** CloudWatch takes no finer time than a minute from what is charged as standard metrics; milliseconds. */
const every = 60_000;
/** When the first one is: by then the store lists this worker's own processors. */
const firstAfter = 5_000;

const metrics = [
  { Name: 'QueueLatency', Unit: 'Milliseconds' },
  { Name: 'QueueSize', Unit: 'Count' },
  { Name: 'Consumers', Unit: 'Count' },
  { Name: 'UnworkedQueues', Unit: 'Count' },
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
  /** All that are declared: those that this worker leaves to others are the ones that get forgotten. */
  readonly queues: readonly string[];
  readonly unworked: () => Unworked;
  readonly outcomes: OutcomeCounts;
}

/**
 * Writes a line a minute in CloudWatch's embedded metric format: where a container's log goes to CloudWatch, it makes
 * metrics of it, and no permission nor client is needed. A minute without the store has no line, and so missing data.
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
    const { store, busy, queues, unworked, outcomes } = this.application;
    try {
      const [roundTrip, stats] = await Promise.all([store.ping(), store.stats(queues)]);
      this.write(printableJson(this.line(stats, roundTrip, busy(), unworked(), outcomes.take())));
    } catch {
      // The store's trouble is told elsewhere; an alarm takes the missing line for breaching.
    }
  }

  private line(
    stats: readonly QueueStats[],
    roundTrip: number,
    busy: number,
    unworked: Unworked,
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
      // The least of any queue; where the server lists no clients there is nothing to say.
      ...(consumers.length > 0 ? { Consumers: Math.min(...consumers) } : {}),
      UnworkedQueues: unworked.queues.length,
      Busy: busy,
      RoundTrip: Number(roundTrip.toFixed(2)),
      Performed: outcomes.completed,
      Failed: outcomes.failed + outcomes.killed,
      Dead: outcomes.dead,
      Expired: outcomes.expired,
      // No metrics, for whoever searches the log.
      outcomes,
      queues: stats,
    };
  }
}
