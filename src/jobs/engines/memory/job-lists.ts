import type { Keep } from '../../config/retention.js';
import type { MemoryJob, Place } from './memory-job.js';

/** What a list is ordered by; no two of its jobs have the same. */
export type Order = readonly [number, number];

interface Entry {
  readonly job: MemoryJob;
  readonly place: Place;
  readonly order: Order;
}

/** The jobs of one queue by id, each in exactly one list: the next one first; of those that have finished, the oldest. */
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

  /** Where a job is; undefined: not in this queue. */
  placeOf(id: string): Place | undefined {
    return this.byId.get(id)?.place;
  }

  in(place: Place): readonly MemoryJob[] {
    return this.lists[place];
  }

  orderOf(job: MemoryJob): Order {
    return this.byId.get(job.id)!.order;
  }

  /** How many jobs of a list come before this, or at it. */
  until(place: Place, order: Order): number {
    const list = this.lists[place];
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(order, this.orderOf(list[middle]!))) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Puts a job where it belongs, and takes it away from where it was. What orders it must be set before. */
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

  /** Forgets the oldest finished jobs above what is to be kept. */
  trim(place: 'dead' | 'completed', { age, count }: Keep, now: number): void {
    const list = this.lists[place];
    while (list[0] && (list.length > count || list[0].finishedAt! <= now - age)) this.remove(list[0]);
  }

  private take({ id }: MemoryJob): void {
    const known = this.byId.get(id);
    if (!known) return;
    this.lists[known.place].splice(this.until(known.place, known.order) - 1, 1);
  }

  /** As BullMQ orders: jobs without a priority first, then 1, 2, …; among equals the oldest. */
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
