import type { ConnectionOptions } from 'bullmq';
import { within } from '../within.js';
import type { RunningJob } from '../attempt.js';
import type { QueuePlan } from '../queue-plan.js';
import { RunningAttempts } from '../running-attempts.js';
import { lockDuration, type SilentQueue, type StopReason, type StoreWorker } from '../store.js';
import type { RedisClient } from './connection.js';
import type { AdoptedWorkers } from './adopted-workers.js';
import { Refusals } from './refusals.js';
import { QueueProcessor, type ProcessorResources } from './queue-processor.js';

/** The work of one process: a processor for each queue, on one connection beside those that block for new jobs. */
export class BullWorker implements StoreWorker {
  private readonly attempts = new RunningAttempts();
  private readonly processors: readonly QueueProcessor[];
  private readonly watch: NodeJS.Timeout;

  constructor(
    private readonly client: RedisClient,
    plans: readonly QueuePlan[],
    private readonly adopted: AdoptedWorkers,
    settings: Omit<ProcessorResources, 'connection' | 'running' | 'refusals'>,
  ) {
    // Connection trouble is told once, by the store's own link.
    client.on('error', () => undefined);
    const refusals = new Refusals(settings.events, settings.told);
    const connection = client as ConnectionOptions;
    const resources = { ...settings, connection, running: this.attempts, refusals };
    this.processors = plans.map((plan) => new QueueProcessor(plan, resources));
    for (const processor of this.processors) processor.start();
    adopted.run();
    this.watch = setInterval(() => this.look(), 1_000).unref();
  }

  get running(): number {
    return this.attempts.size + this.adopted.running;
  }

  get handedBack(): number {
    return this.attempts.handedBack;
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
    const isReady = this.client.status === 'ready';
    for (const processor of this.processors) {
      if (isReady) processor.checkFetching();
      else processor.excuse();
    }
  }
}
