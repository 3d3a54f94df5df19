import type { Place } from './queue/memory-job.js';
import type { MemoryQueue } from './queue/memory-queue.js';

interface Holder {
  readonly id: string;
  readonly queue: string;
}

/** For each schedule, the only one of its jobs that may be in a place. */
export class ScheduleClaims {
  private readonly holders = new Map<string, Holder>();

  constructor(
    private readonly place: Place,
    private readonly queue: (name: string) => MemoryQueue,
  ) {}

  /** @returns false if another job of the schedule is in the place */
  claim(schedule: string, { id, queue }: Holder): boolean {
    const holder = this.holders.get(schedule);
    if (holder && holder.id !== id && this.queue(holder.queue).jobs.placeOf(holder.id) === this.place)
      return false;
    this.holders.set(schedule, { id, queue });
    return true;
  }

  forget(schedule: string): void {
    this.holders.delete(schedule);
  }
}
