import type { Keep } from '../retention.js';
import type { MemoryJob, Place } from './memory-job.js';

type Before = (a: MemoryJob, b: MemoryJob) => boolean;

/** The next one first; of those that have finished, the oldest. */
const orders: Readonly<Record<Place, Before>> = {
  // As BullMQ orders: jobs without a priority first, then 1, 2, …; among equals the oldest.
  waiting: (a, b) =>
    (a.priority ?? 0) === (b.priority ?? 0) ? a.turn < b.turn : (a.priority ?? 0) < (b.priority ?? 0),
  delayed: (a, b) => (a.dueAt === b.dueAt ? a.turn < b.turn : a.dueAt < b.dueAt),
  active: (a, b) => a.startedAt! < b.startedAt!,
  dead: (a, b) => a.finishedAt! < b.finishedAt!,
  completed: (a, b) => a.finishedAt! < b.finishedAt!,
};

/** The jobs of one queue by id, each in exactly one list, each list in its order. */
export class JobLists {
  private readonly byId = new Map<string, { readonly job: MemoryJob; place: Place }>();
  private readonly lists: Readonly<Record<Place, MemoryJob[]>> = {
    waiting: [],
    delayed: [],
    active: [],
    dead: [],
    completed: [],
  };

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

  /** Puts a job where it belongs, and takes it away from where it was. What orders it must be set before. */
  put(job: MemoryJob, place: Place): void {
    this.take(job);
    this.byId.set(job.id, { job, place });
    insert(this.lists[place], job, orders[place]);
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
    const list = this.lists[known.place];
    // The first one, as a rule.
    list.splice(list.indexOf(known.job), 1);
  }
}

/** Keeps a sorted list sorted; behind its equals. */
function insert(list: MemoryJob[], job: MemoryJob, before: Before): void {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(job, list[middle]!)) high = middle;
    else low = middle + 1;
  }
  list.splice(low, 0, job);
}
