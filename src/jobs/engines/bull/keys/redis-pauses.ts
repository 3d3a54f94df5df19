import type { Queue } from 'bullmq';
import type { Pause, Pauses } from '../../../store/pauses.js';
import type { Ask } from '../connection/ask.js';
import type { RedisClient } from '../connection/connection.js';
import { queueBase } from './fledge-keys.js';
import { PausedJobs } from './paused-jobs.js';

/** The parts of the store that the pauses use. */
interface PauseResources {
  readonly client: RedisClient;
  readonly prefix: string;
  readonly queue: (name: string) => Promise<Queue>;
  readonly ask: Ask;
}

/** Pauses in Redis. A paused queue is paused by BullMQ, so workers of other programs respect it too. */
export class RedisPauses implements Pauses {
  private readonly jobs: PausedJobs;

  constructor(private readonly store: PauseResources) {
    this.jobs = new PausedJobs(store.client, store.prefix, store.ask);
  }

  list(): Promise<Pause[]> {
    return this.jobs.list();
  }

  pause(pause: Pause): Promise<boolean> {
    return this.jobs.add(pause);
  }

  async resume(name: string): Promise<boolean> {
    const wasPaused = await this.jobs.remove(name);
    // Workers release the jobs that they put off in the meantime.
    await this.jobs.release(name);
    return wasPaused;
  }

  async pausedQueues(queues: readonly string[]): Promise<string[]> {
    const paused = await this.store.ask(() => Promise.all(queues.map((queue) => this.isPaused(queue))));
    return queues.filter((_, i) => paused[i]);
  }

  async pauseQueue(name: string): Promise<boolean> {
    const isPaused = await this.store.ask(() => this.isPaused(name));
    if (!isPaused) await this.store.ask(async () => (await this.store.queue(name)).pause());
    return !isPaused;
  }

  async resumeQueue(name: string): Promise<boolean> {
    const isPaused = await this.store.ask(() => this.isPaused(name));
    if (isPaused) await this.store.ask(async () => (await this.store.queue(name)).resume());
    return isPaused;
  }

  private async isPaused(queue: string): Promise<boolean> {
    return (await this.store.client.hexists(`${queueBase(this.store.prefix, queue)}meta`, 'paused')) === 1;
  }
}
