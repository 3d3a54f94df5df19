import {
  KnownPauses,
  oldestFirst,
  type PausableJob,
  type Pause,
  type PauseLookup,
  type Pauses,
} from '../../store/pauses.js';
import { isPutOff } from './queue/memory-job.js';
import type { MemoryQueue } from './queue/memory-queue.js';

/** Pauses in memory. The process that pauses jobs is also the one that runs them. */
export class MemoryPauses implements Pauses, PauseLookup {
  private known = new KnownPauses();

  /** @param queues returns all queues, or the queue with a name */
  constructor(
    private readonly queues: () => readonly MemoryQueue[],
    private readonly queue: (name: string) => MemoryQueue,
  ) {}

  get size(): number {
    return this.known.size;
  }

  find(job: PausableJob): Pause | undefined {
    return this.known.find(job);
  }

  async list(): Promise<Pause[]> {
    return oldestFirst(this.known.all);
  }

  async pause(pause: Pause): Promise<boolean> {
    if (this.known.has(pause.name)) return false;
    this.known = new KnownPauses([...this.known.all, pause]);
    return true;
  }

  async resume(name: string): Promise<boolean> {
    const wasPaused = this.known.has(name);
    this.known = new KnownPauses(this.known.all.filter((pause) => pause.name !== name));
    this.release(name);
    // A job may be about to be put off.
    setImmediate(() => this.known.has(name) || this.release(name));
    return wasPaused;
  }

  async pausedQueues(queues: readonly string[]): Promise<string[]> {
    return queues.filter((name) => this.queue(name).isPaused);
  }

  async pauseQueue(name: string): Promise<boolean> {
    return setPaused(this.queue(name), true);
  }

  async resumeQueue(name: string): Promise<boolean> {
    return setPaused(this.queue(name), false);
  }

  /** Makes the jobs due that a pause has put off. */
  private release(name: string): void {
    for (const queue of this.queues()) {
      for (const job of queue.jobs.in('delayed').filter(isPutOff)) {
        if (job.putOff?.by !== name) continue;
        queue.enterAt(job, job.putOff.dueAt);
        delete job.putOff;
      }
    }
  }
}

/** @returns false if nothing changes */
function setPaused(queue: MemoryQueue, isPaused: boolean): boolean {
  if (queue.isPaused === isPaused) return false;
  queue.isPaused = isPaused;
  queue.refresh();
  return true;
}
