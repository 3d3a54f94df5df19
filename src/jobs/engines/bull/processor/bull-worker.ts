import { within } from '../../../values/deadline.js';
import type { RunningJob } from '../../../store/attempt.js';
import type { QueuePlan } from '../../../store/queue-plan.js';
import { RunningAttempts } from '../../../store/running-attempts.js';
import { lockDuration, type SilentQueue, type StopReason, type StoreWorker } from '../../../store/store.js';
import type { RedisClient } from '../connection/connection.js';
import type { AdoptedWorkers } from './adopted-workers.js';
import type { CancellationReader } from '../keys/redis-cancellations.js';
import { Refusals } from './refusals.js';
import { QueueProcessor, type ProcessorResources } from './queue-processor.js';

/** How often it looks after its processors, and for jobs that were cancelled; milliseconds. */
const lookEvery = 500;
/** A look that is so late says that the process itself stood still: what did not happen meanwhile is nobody's fault. */
const stoodStill = 3_000;

/** The work of one process: a processor for each queue, on one connection beside those that block for new jobs. */
export class BullWorker implements StoreWorker {
  private readonly attempts = new RunningAttempts();
  private readonly processors: readonly QueueProcessor[];
  private readonly watch: NodeJS.Timeout;
  private lastLookAt = Date.now();
  /** The store has not answered the last look's question yet. */
  private asking = false;

  constructor(
    private readonly client: RedisClient,
    plans: readonly QueuePlan[],
    private readonly adopted: AdoptedWorkers,
    private readonly cancellations: CancellationReader,
    settings: Omit<ProcessorResources, 'client' | 'running' | 'refusals'>,
  ) {
    // Connection trouble is told once, by the store's own link.
    client.on('error', () => undefined);
    const refusals = new Refusals(settings.events, settings.told, settings.errors);
    const resources = { ...settings, client, running: this.attempts, refusals };
    this.processors = plans.map((plan) => new QueueProcessor(plan, resources));
    for (const processor of this.processors) processor.start();
    adopted.run();
    this.watch = setInterval(() => this.look(), lookEvery).unref();
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
    clearInterval(this.watch);
    const closing = [...this.processors.map((processor) => processor.close()), this.adopted.close()];
    await within(deadline, Promise.allSettled(closing));
    this.client.disconnect();
  }

  /** What no event tells: locks that could not be renewed because the store is out of reach, and a silent processor. */
  private look(): void {
    this.attempts.expire(lockDuration);
    const now = Date.now();
    const isLate = now - this.lastLookAt > stoodStill;
    this.lastLookAt = now;
    const answers = this.storeAnswers();
    for (const processor of this.processors) {
      if (answers && !isLate) processor.checkFetching();
      else processor.excuse();
    }
  }

  /** Whether it answered since the last look. One that is frozen keeps its connections, and nobody can fetch from it. */
  private storeAnswers(): boolean {
    if (this.client.status !== 'ready' || this.asking) return false;
    this.asking = true;
    // An answer with an error is one too.
    void this.question().finally(() => (this.asking = false));
    return true;
  }

  private async question(): Promise<void> {
    try {
      const news = await this.cancellations.news();
      for (const cancellation of news) this.attempts.cancellations.add(cancellation);
      if (news.length > 0) this.attempts.cancel();
    } catch {
      // The store's trouble is told elsewhere; the next look asks again.
    }
  }
}
