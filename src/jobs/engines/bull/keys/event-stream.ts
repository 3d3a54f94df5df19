import type { RedisClient } from '../connection/connection.js';

/** How many events BullMQ keeps in each queue's stream. */
export const keptEvents = 1_000;
/** About how many bytes of events with large results a stream keeps, for each size that they have. */
const budget = 2 * 1024 * 1024;

/**
 * The stream of a queue's events. BullMQ keeps a number of events, whatever their size, and the events carry results and
 * progress. After a large event this keeps so few of them that they have at most 2 MiB.
 */
export class EventStream {
  private readonly key: string;

  constructor(
    private readonly client: RedisClient,
    prefix: string,
    queue: string,
  ) {
    this.key = `${prefix}:${queue}:events`;
  }

  /** Call it after an event with this many bytes was added. Nothing depends on the result. */
  added(bytes: number): void {
    const fitting = Math.floor(budget / Math.max(1, bytes));
    if (fitting >= keptEvents) return;
    this.client.xtrim(this.key, 'MAXLEN', Math.max(1, fitting)).catch(() => undefined);
  }
}
