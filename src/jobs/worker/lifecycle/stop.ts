import type { JobEvents } from '../../events/events.js';
import type { StopReason, StoreWorker } from '../../store/store.js';
import { within } from '../../values/deadline.js';
import type { Companions } from './companions.js';
import { Latch } from './latch.js';
import type { StopBudget } from './stop-budget.js';

/** How a stop went. */
export interface StopReport {
  /** Jobs that were put back in their queues without using up an attempt. */
  readonly handedBack: number;
  /** Jobs that could not be put back in time because the store was unreachable. Their locks expire within 20 s. */
  readonly left: number;
}

/** How long queues and connections may take to close after a second SIGINT, in milliseconds. */
const hurriedClose = 200;

/**
 * Stops a worker in this order: quiet, wait for running jobs, abort their signals, grace, hand back, close queues. Every
 * step has a deadline.
 */
export class WorkerStop {
  private reason: StopReason = 'shutdown';
  private readonly noWait = new Latch();
  private readonly noGrace = new Latch();

  constructor(
    private readonly events: JobEvents,
    private readonly companions: Companions,
  ) {}

  /** Aborts the signals of running jobs now, also while a stop is under way. */
  skipWait(): void {
    this.noWait.open();
  }

  /** Gives running jobs no time to end after their signals have aborted. */
  skipGrace(): void {
    this.noGrace.open();
  }

  /** Jobs that the stop interrupts are recorded as crashed. */
  blameAll(): void {
    this.reason = 'crash';
  }

  async run(work: StoreWorker, budget: StopBudget): Promise<StopReport> {
    const startedAt = Date.now();
    this.events.emit({ type: 'worker-stopping', running: work.running });
    work.quiet();
    const quiet = this.companions.stop('quiet');
    this.companions.announce();
    await this.finishOrHandBack(work, budget);
    const close = this.noGrace.isOpen ? Math.min(hurriedClose, budget.close) : budget.close;
    const closing = this.companions.stop('closing queues');
    await within(close, Promise.all([closing, quiet, work.close(close)]));
    const report = { handedBack: work.handedBack, left: work.running + work.left };
    const running = work.jobs();
    this.events.emit({ type: 'worker-stopped', duration: Date.now() - startedAt, ...report, running });
    return report;
  }

  private async finishOrHandBack(work: StoreWorker, budget: StopBudget): Promise<void> {
    await within(budget.wait, Promise.race([work.idle(), this.noWait.opened]));
    if (work.running === 0) return;
    work.interrupt(this.reason);
    await within(budget.grace, Promise.race([work.idle(), this.noGrace.opened]));
    work.abandon(this.reason);
    await within(budget.handBack, work.idle());
  }
}
