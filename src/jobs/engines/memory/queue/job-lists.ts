import type { Keep } from '../../../config/retention.js';
import type { JobState } from '../../../store/inventory.js';
import { stateIn, type MemoryJob, type Place } from './memory-job.js';

/** The sort key of a job in its list. It is unique within the list. */
export type Order = readonly [number, number];

interface Entry {
  readonly job: MemoryJob;
  readonly place: Place;
  readonly order: Order;
}

/** The jobs of one queue by id. Each is in exactly one list, with the next job first. Lists of finished jobs begin with the oldest. */
export class JobLists {
  private readonly byId = new Map<string, Entry>();
  private readonly lists: Readonly<Record<Place, MemoryJob[]>> = {
    waiting: [],
    delayed: [],
    running: [],
    dead: [],
    completed: [],
  };
  private arrivals = 0;

  get(id: string): MemoryJob | undefined {
    return this.byId.get(id)?.job;
  }

  /** Returns undefined if the job is not in this queue. */
  placeOf(id: string): Place | undefined {
    return this.byId.get(id)?.place;
  }

  in(place: Place): readonly MemoryJob[] {
    return this.lists[place];
  }

  orderOf(job: MemoryJob): Order {
    return this.entryOf(job).order;
  }

  stateOf(job: MemoryJob): JobState {
    return stateIn(this.entryOf(job).place, job);
  }

  /** Returns how many jobs of a list are at this position or before it. */
  until(place: Place, order: Order): number {
    const list = this.lists[place];
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const job = list[middle];
      if (job && isBefore(order, this.orderOf(job))) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Moves a job to its position in a list. Set its priority, turn and due time first. */
  put(job: MemoryJob, place: Place): void {
    this.take(job);
    const order = this.orderIn(place, job);
    this.lists[place].splice(this.until(place, order), 0, job);
    this.byId.set(job.id, { job, place, order });
  }

  remove(job: MemoryJob): void {
    this.take(job);
    this.byId.delete(job.id);
  }

  /** Removes the oldest finished jobs that are beyond the limits. */
  trim(place: 'dead' | 'completed', { age, count }: Keep, now: number): void {
    const list = this.lists[place];
    for (let oldest = list[0]; oldest; oldest = list[0]) {
      const { finishedAt = now } = oldest;
      if (list.length <= count && finishedAt > now - age) return;
      this.remove(oldest);
    }
  }

  private entryOf({ id }: MemoryJob): Entry {
    const entry = this.byId.get(id);
    if (!entry) throw new Error(`The job ${id} is not in this queue.`);
    return entry;
  }

  private take({ id }: MemoryJob): void {
    const entry = this.byId.get(id);
    if (!entry) return;
    this.lists[entry.place].splice(this.until(entry.place, entry.order) - 1, 1);
  }

  /** BullMQ's order: jobs without a priority first, then 1, 2, …, and the oldest first among equals. */
  private orderIn(place: Place, { priority = 0, turn, dueAt }: MemoryJob): Order {
    switch (place) {
      case 'waiting':
        return [priority, turn];
      case 'delayed':
        return [dueAt, turn];
      case 'running':
      case 'dead':
      case 'completed':
        return [0, ++this.arrivals];
    }
  }
}

function isBefore([a, turnOfA]: Order, [b, turnOfB]: Order): boolean {
  return a === b ? turnOfA < turnOfB : a < b;
}
