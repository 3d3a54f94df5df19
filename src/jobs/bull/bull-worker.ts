import type { ConnectionOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { within } from '../within.js';
import type { JobEvents } from '../events.js';
import { RunningAttempts } from '../running-attempts.js';
import type { Execute, QueuePlan, StoreWorker } from '../store.js';
import { QueueProcessor } from './queue-processor.js';

/** The work of one process: a processor for each queue, on one connection beside those that block for new jobs. */
export class BullWorker implements StoreWorker {
  private readonly attempts = new RunningAttempts();
  private readonly processors: readonly QueueProcessor[];

  constructor(
    private readonly client: Redis,
    prefix: string,
    plans: readonly QueuePlan[],
    execute: Execute,
    events: JobEvents,
  ) {
    // Connection trouble is told once, by the store's own link.
    client.on('error', () => undefined);
    const connection = client as ConnectionOptions;
    const resources = { connection, prefix, execute, running: this.attempts, events };
    this.processors = plans.map((plan) => new QueueProcessor(plan, resources));
    for (const processor of this.processors) processor.start();
  }

  get running(): number {
    return this.attempts.size;
  }

  quiet(): void {
    for (const processor of this.processors) processor.quiet();
  }

  idle(): Promise<void> {
    return this.attempts.idle();
  }

  interrupt(): void {
    this.attempts.abort('shutdown');
  }

  abandon(): void {
    this.attempts.abandon('shutdown');
  }

  async close(deadline: number): Promise<void> {
    await within(deadline, Promise.allSettled(this.processors.map((processor) => processor.close())));
    this.client.disconnect();
  }
}
