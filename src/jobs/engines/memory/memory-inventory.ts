import { forgive, postpone, withNotes } from '../../store/envelope-edits.js';
import { invalidOption } from '../../values/errors.js';
import {
  inventoryBounds,
  type EditResult,
  type FinishedSpan,
  type Inventory,
  type JobPage,
  type JobRecord,
  type JobState,
  type KnownQueues,
  type PageRequest,
  type Sweep,
} from '../../store/inventory.js';
import type { CancelNote } from '../../store/cancellations.js';
import type { Clock } from './queue/clock.js';
import type { Order } from './queue/job-lists.js';
import { recordOf } from './job-record.js';
import type { MemoryJob, Place } from './queue/memory-job.js';
import type { MemoryCancellations } from './memory-cancellations.js';
import type { MemoryQueue } from './queue/memory-queue.js';

const places: Readonly<Record<JobState, Place>> = {
  waiting: 'waiting',
  scheduled: 'delayed',
  retrying: 'delayed',
  running: 'running',
  dead: 'dead',
  completed: 'completed',
};

/** Lists and edits the jobs in this process's memory. */
export class MemoryInventory implements Inventory {
  constructor(
    private readonly names: () => string[],
    private readonly queue: (name: string) => MemoryQueue,
    /** Returns whether the job with this id is the next tick of a schedule. */
    private readonly isNextTick: (id: string) => boolean,
    private readonly clock: Clock,
    private readonly cancellations: Pick<MemoryCancellations, 'remember'>,
  ) {}

  async queues(): Promise<KnownQueues> {
    return { names: this.names().toSorted(), complete: true };
  }

  async hasQueue(queue: string): Promise<boolean> {
    return this.names().includes(queue);
  }

  async page(name: string, state: JobState, { limit, cursor, matches }: PageRequest): Promise<JobPage> {
    const queue = this.queue(name);
    queue.refresh();
    const found: JobRecord[] = [];
    const rest = jobsAfter(queue, state, cursor);
    const looked = rest.slice(0, inventoryBounds.page);
    for (const job of looked) {
      const record = recordOf(queue, job);
      if (record.state !== state || !(matches?.(record) ?? true)) continue;
      if (found.push(record) === limit) return { jobs: found, cursor: cursorAfter(queue, job) };
    }
    const last = rest.length > looked.length ? looked.at(-1) : undefined;
    return last ? { jobs: found, cursor: cursorAfter(queue, last) } : { jobs: found };
  }

  async find(name: string, id: string): Promise<JobRecord | undefined> {
    const queue = this.queue(name);
    queue.refresh();
    const job = queue.jobs.get(id);
    return job && recordOf(queue, job);
  }

  async logs(name: string, id: string): Promise<string[]> {
    return [...(this.queue(name).jobs.get(id)?.lines ?? [])];
  }

  async retry(name: string, id: string): Promise<EditResult> {
    return this.edit(name, id, ['dead'], (queue, job) => {
      job.data = withNotes(job.data, forgive(0, queue.clock.now()));
      job.attemptsMade = 0;
      job.anewAt = queue.clock.now();
      delete job.startedAt;
      delete job.finishedAt;
      queue.enter(job, 0);
    });
  }

  async discard(
    name: string,
    { states, names, before = Infinity, matches, cancelled }: Sweep,
  ): Promise<number> {
    const queue = this.queue(name);
    queue.refresh();
    const isNamed = names && new Set(names);
    const isSelected = (job: MemoryJob): boolean => {
      if (isNamed?.has(job.name) === false || job.enqueuedAt > before) return false;
      const record = recordOf(queue, job);
      return states.some((state) => state === record.state) && (matches?.(record) ?? true);
    };
    const searched = new Set(states.map((state) => places[state]));
    const selected = [...searched].flatMap((place) => queue.jobs.in(place).filter(isSelected));
    const results = await Promise.all(
      selected.map(({ id }) => (cancelled ? this.cancel(name, id, cancelled) : this.remove(name, id))),
    );
    return results.filter((result) => result === 'done').length;
  }

  async trim(name: string, state: 'completed' | 'dead', age: number): Promise<number> {
    const { jobs, clock } = this.queue(name);
    const before = jobs.in(state).length;
    jobs.trim(state, { age, count: Infinity }, clock.now());
    return Math.min(inventoryBounds.page, before - jobs.in(state).length);
  }

  async countFinished(
    name: string,
    state: 'completed' | 'dead',
    { after, until }: FinishedSpan,
  ): Promise<number> {
    const finished = this.queue(name).jobs.in(state);
    return finished.filter(({ finishedAt = 0 }) => finishedAt > after && finishedAt <= until).length;
  }

  async now(): Promise<number> {
    return this.clock.now();
  }

  async remove(name: string, id: string): Promise<EditResult> {
    return this.edit(name, id, ['waiting', 'delayed', 'dead', 'completed'], (queue, job) =>
      queue.remove(job),
    );
  }

  async cancel(name: string, id: string, note: CancelNote): Promise<EditResult> {
    return this.edit(name, id, ['waiting', 'delayed'], (queue, job) => {
      this.cancellations.remember({ id, name: job.name, queue: name }, note);
      queue.remove(job);
    });
  }

  async dropFollower(queue: string, id: string, note: CancelNote): Promise<boolean> {
    if (!this.queue(queue).dropFollower(id)) return false;
    this.cancellations.remember({ id, queue }, note);
    return true;
  }

  async reschedule(name: string, id: string, at: number): Promise<EditResult> {
    return this.edit(name, id, ['delayed'], (queue, job) => {
      job.data = withNotes(job.data, postpone(at));
      queue.enterAt(job, at);
    });
  }

  async promote(name: string, id: string): Promise<EditResult> {
    return this.reschedule(name, id, this.queue(name).clock.now());
  }

  async move(name: string, id: string, to: string): Promise<EditResult> {
    const target = this.queue(to);
    if (target.jobs.get(id)) return 'taken';
    return this.edit(name, id, ['waiting', 'delayed', 'dead'], (queue, job) =>
      queue.moveTo(target, job) ? 'done' : 'taken',
    );
  }

  private edit(
    name: string,
    id: string,
    from: readonly Place[],
    change: (queue: MemoryQueue, job: MemoryJob) => EditResult | void,
  ): EditResult {
    const queue = this.queue(name);
    queue.refresh();
    const job = queue.jobs.get(id);
    const place = queue.jobs.placeOf(id);
    if (!job || !place || !from.includes(place)) return 'late';
    if (this.isNextTick(id)) return 'tick';
    return change(queue, job) ?? 'done';
  }
}

function jobsAfter({ jobs }: MemoryQueue, state: JobState, cursor: string | undefined): readonly MemoryJob[] {
  const place = places[state];
  const all = jobs.in(place);
  const order = cursor === undefined ? undefined : readCursor(cursor);
  // Finished jobs are listed from the newest to the oldest.
  if (place === 'dead' || place === 'completed') {
    const remaining = order ? all.slice(0, jobs.until(place, order)) : all;
    const last = remaining.at(-1);
    // The job at the cursor was on the previous page. It may have been removed since.
    const isAtCursor = order && last && String(jobs.orderOf(last)) === String(order);
    return (isAtCursor ? remaining.slice(0, -1) : remaining).toReversed();
  }
  return order ? all.slice(jobs.until(place, order)) : all;
}

function cursorAfter({ jobs }: MemoryQueue, job: MemoryJob): string {
  return jobs.orderOf(job).join();
}

function readCursor(cursor: string): Order {
  const [first = NaN, second = NaN] = cursor.split(',').map(Number);
  if (Number.isFinite(first) && Number.isFinite(second)) return [first, second];
  throw invalidOption(
    'Invalid cursor. Pass the cursor of the previous page with the same state and filter, or omit it to start over.',
  );
}
