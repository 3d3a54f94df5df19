import { Inject, Injectable } from '@nestjs/common';
import { BootChecks } from '../boot-checks.js';
import { JobEvents } from '../events.js';
import { Executor } from '../executor.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../options.js';
import { Store, type StoreWorker } from '../store.js';
import { within } from '../within.js';
import { queuesToServe } from './settings.js';
import { stopBudget, type StopBudget } from './stop-budget.js';

/**
 * Runs jobs in this process. `runWorker` starts and stops it; a web process has one too and never starts it. The order
 * of a stop: quiet → wait → abort signals → grace → hand back → close queues. Every step has a deadline.
 */
@Injectable()
export class JobsWorker {
  private work?: StoreWorker;
  private isQuiet = false;
  private starting?: Promise<void>;
  private stopping?: Promise<void>;

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly checks: BootChecks,
    private readonly executor: Executor,
    private readonly store: Store,
    private readonly events: JobEvents,
  ) {}

  /**
   * Checks the store, waiting for it if it is down, and begins to fetch jobs. Call it once the application is up.
   *
   * @throws FledgeError `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_OPTION_INVALID` (JOBS_QUEUES), `FLEDGE_EVICTION_POLICY`,
   * `FLEDGE_REDIS_VERSION`
   */
  start(): Promise<void> {
    return (this.starting ??= this.begin());
  }

  /** Takes no more jobs; those that run go on. Cannot be undone. */
  quiet(): void {
    if (this.isQuiet) return;
    this.isQuiet = true;
    this.work?.quiet();
    this.events.emit({ type: 'worker-quiet' });
  }

  /** Stops within `shutdownTimeout`, less the second that is the application's own. Safe to call more than once. */
  stop(): Promise<void> {
    return (this.stopping ??= this.end());
  }

  private async begin(): Promise<void> {
    const queues = queuesToServe(this.options);
    await this.checks.requireSafeStore();
    if (this.stopping) return;
    const work = await this.store.work(queues, (attempt) => this.executor.execute(attempt));
    this.work = work;
    const leftOut = [...this.options.queues.keys()].filter(
      (name) => !queues.some((queue) => queue.name === name),
    );
    this.events.emit({ type: 'worker-started', queues, leftOut });
    // What was asked for while the queues were being opened.
    if (this.isQuiet || this.stopping) work.quiet();
  }

  private async end(): Promise<void> {
    const { work } = this;
    if (!work) return;
    const startedAt = Date.now();
    const budget = stopBudget(this.options.shutdownTimeout);
    this.events.emit({ type: 'worker-stopping', running: work.running });
    work.quiet();
    const unfinished = await finishOrHandBack(work, budget);
    await within(budget.close, work.close(budget.close));
    this.events.emit({ type: 'worker-stopped', duration: Date.now() - startedAt, ...unfinished });
  }
}

interface Unfinished {
  /** Jobs that went back to their queues. */
  readonly handedBack: number;
  /** Jobs that could not be handed back in time, the store being out of reach: their locks run out within 20 s. */
  readonly left: number;
}

async function finishOrHandBack(
  work: StoreWorker,
  { wait, grace, handBack }: StopBudget,
): Promise<Unfinished> {
  if (await within(wait, work.idle())) return { handedBack: 0, left: 0 };
  const unfinished = work.running;
  work.interrupt();
  if (await within(grace, work.idle())) return { handedBack: unfinished, left: 0 };
  work.abandon();
  await within(handBack, work.idle());
  return { handedBack: unfinished - work.running, left: work.running };
}
