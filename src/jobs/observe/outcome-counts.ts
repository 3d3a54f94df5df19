import type { JobEvents } from '../events/events.js';
import type { Outcome } from '../store/outcome.js';

/**
 * The number of attempts for each outcome. A death is counted as `dead` in addition to its outcome. A run that a schedule skips
 * because an earlier one is running is counted as `skipped` and not as `expired`, because the schedule's options ask for it.
 */
export type Counts = Readonly<Record<Outcome['kind'] | 'dead' | 'skipped', number>>;

const zero: Counts = {
  completed: 0,
  failed: 0,
  killed: 0,
  discarded: 0,
  expired: 0,
  cancelled: 0,
  snoozed: 0,
  interrupted: 0,
  lost: 0,
  dead: 0,
  skipped: 0,
};

/** Counts the outcomes of this process's attempts. */
export class OutcomeCounts {
  private counts: Record<keyof Counts, number> = { ...zero };

  constructor(events: JobEvents) {
    events.subscribe((event) => {
      if (event.type === 'finished' && !event.inline) this.count(event.outcome);
    });
  }

  /** Returns the counts since the last call. */
  take(): Counts {
    const { counts } = this;
    this.counts = { ...zero };
    return counts;
  }

  private count(outcome: Outcome): void {
    const isSkipped = outcome.kind === 'expired' && outcome.reason.code === 'FLEDGE_TICK_OVERLAP';
    this.counts[isSkipped ? 'skipped' : outcome.kind] += 1;
    const isDead = outcome.kind === 'killed' || (outcome.kind === 'failed' && outcome.retryIn === undefined);
    if (isDead) this.counts.dead += 1;
  }
}
