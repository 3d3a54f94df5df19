import { within } from '../../../values/deadline.js';
import type { RunningJob } from '../../../store/attempt.js';
import type { QueuePlan } from '../../../store/queue-plan.js';
import { RunningAttempts } from '../../../store/running-attempts.js';
import { lockDuration, type SilentQueue, type StopReason, type StoreWorker } from '../../../store/store.js';
import type { RedisClient } from '../connection/connection.js';
import type { AdoptedWorkers } from './adopted-workers.js';
import type { CancellationReader } from '../keys/redis-cancellations.js';
import { Refusals } from './refusals.js';
import type { ProcessorResources } from './processor-resources.js';
import { QueueProcessor } from './queue-processor.js';

/** How often it checks its processors and reads new cancellations and pauses, in milliseconds. */
const lookEvery = 500;
/** A check that is this late, in milliseconds, shows that the process itself was blocked. Silent processors are then not replaced. */
const stoodStill = 3_000;

/** The work of one process. It has a processor for each queue, one shared connection, and a blocking connection for each processor. */
export class BullWorker implements StoreWorker {
  private readonly attempts = new RunningAttempts();
  private readonly processors: readonly QueueProcessor[];
  private readonly watch: NodeJS.Timeout;
  private lastLookAt = Date.now();
  /** True while the store has not answered the last read of cancellations and pauses. */
  private asking = false;
  /** True until the worker stops taking jobs. */
  private takesJobs = true;
  /** True once the processors fetch. */
  private isOpen = false;

  constructor(
    private readonly client: RedisClient,
    plans: readonly QueuePlan[],
    private readonly adopted: AdoptedWorkers,
    private readonly cancellations: CancellationReader,
    private readonly settings: Omit<ProcessorResources, 'client' | 'running' | 'refusals'>,
  ) {
    // The store's own link reports connection errors, once.
    client.on('error', () => undefined);
    const refusals = new Refusals(settings.events, settings.reported, settings.errors);
    const resources = { ...settings, client, running: this.attempts, refusals };
    this.processors = plans.map((plan) => new QueueProcessor(plan, resources));
    void this.open();
    adopted.run();
    this.watch = setInterval(() => this.look(), lookEvery).unref();
  }

  /** Reads the pauses before the first job is fetched. Waits for a store that is out of reach. */
  private async open(): Promise<void> {
    this.asking = true;
    // An error is an answer too.
    await this.settings.pauses.look().catch(() => undefined);
    this.asking = false;
    if (!this.takesJobs) return;
    this.isOpen = true;
    for (const processor of this.processors) processor.start();
  }

  get running(): number {
    return this.attempts.size + this.adopted.running;
  }

  get handedBack(): number {
    return this.attempts.handedBack;
  }

  get left(): number {
    return this.attempts.left;
  }

  get others(): readonly QueuePlan[] {
    return this.adopted.plans();
  }

  jobs(): RunningJob[] {
    return [...this.attempts.describe(), ...this.adopted.jobs()];
  }

  silent(): SilentQueue[] {
    return this.processors
      .map(({ name, silentFor }) => ({ queue: name, silentFor }))
      .filter(({ silentFor }) => silentFor > 0);
  }

  refused(): string[] {
    return this.processors.filter(({ isRefused }) => isRefused).map(({ name }) => name);
  }

  quiet(): void {
    this.takesJobs = false;
    for (const processor of this.processors) processor.quiet();
    this.adopted.quiet();
  }

  async idle(): Promise<void> {
    await Promise.all([this.attempts.idle(), this.adopted.idle()]);
  }

  interrupt(reason: StopReason): void {
    this.attempts.abort(reason);
  }

  abandon(reason: StopReason): void {
    this.attempts.abandon(reason);
  }

  async close(deadline: number): Promise<void> {
    this.takesJobs = false;
    clearInterval(this.watch);
    const closing = [...this.processors.map((processor) => processor.close()), this.adopted.close()];
    await within(deadline, Promise.allSettled(closing));
    this.client.disconnect();
  }

  /** Checks what causes no event: locks that could not be renewed because the store is unreachable, and silent processors. */
  private look(): void {
    const now = Date.now();
    const isLate = now - this.lastLookAt > stoodStill;
    this.lastLookAt = now;
    // After a block, the answer to a renewal is still to be read, or a renewal to be sent. It tells whether the lock was kept.
    if (!isLate) this.attempts.expire(lockDuration);
    const answers = this.storeAnswers();
    for (const processor of this.processors) {
      if (answers && !isLate && this.isOpen) processor.checkFetching();
      else processor.excuse();
    }
  }

  /** Returns whether the store has answered since the last check. A frozen store keeps its connections, and no worker can fetch from it. */
  private storeAnswers(): boolean {
    if (this.client.status !== 'ready' || this.asking) return false;
    this.asking = true;
    // An error is an answer too.
    const reading = [this.readCancellations(), this.settings.pauses.look().catch(() => undefined)];
    void Promise.all(reading).finally(() => (this.asking = false));
    return true;
  }

  private async readCancellations(): Promise<void> {
    try {
      const news = await this.cancellations.news();
      for (const cancellation of news) this.attempts.cancellations.add(cancellation);
      if (news.length > 0) this.attempts.cancel();
    } catch {
      // The store's errors are reported elsewhere. The next check reads again.
    }
  }
}
