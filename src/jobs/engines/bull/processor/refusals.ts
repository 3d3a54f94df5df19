import type { JobEvents } from '../../../events/events.js';
import type { StoreErrors } from '../connection/store-errors.js';
import type { ToldTroubles } from '../connection/trouble-log.js';

const remindAfter = 60_000;

/**
 * What the store says no with, for all queues of a worker together: each cause is told when it begins and then once a
 * minute, and that all queues are served again.
 */
export class Refusals {
  private count = 0;
  private readonly refused = new Set<string>();
  private readonly saidAt = new Map<string, number>();

  constructor(
    private readonly events: JobEvents,
    private readonly told: ToldTroubles,
    private readonly errors: StoreErrors,
  ) {}

  note(queue: string, thrown: Error): void {
    this.count += 1;
    this.refused.add(queue);
    const error = this.errors.trouble(thrown);
    const now = Date.now();
    if (now - (this.saidAt.get(error.code) ?? 0) < remindAfter) return;
    this.saidAt.set(error.code, now);
    if (!this.told.mayTell(error.code, this)) return;
    this.events.emit({ type: 'store-error', queue, error, count: this.count });
  }

  /** A queue was served. */
  served(queue: string): void {
    if (!this.refused.delete(queue) || this.refused.size > 0) return;
    this.events.emit({ type: 'store-serves', count: this.count });
    this.count = 0;
    this.saidAt.clear();
  }
}
