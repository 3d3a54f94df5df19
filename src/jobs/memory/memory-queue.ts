import { Attempt } from '../attempt.js';
import type { EnvelopeNotes } from '../envelope.js';
import type { Outcome } from '../outcome.js';
import type { RunningAttempts } from '../running-attempts.js';
import type { Execute, NewJob, QueueStats } from '../store.js';
import type { Clock } from './clock.js';

interface Entry {
  readonly job: NewJob;
  /** The envelope as JSON: a job reads what a queue would have carried. */
  data: string;
  attemptsMade: number;
  /** Order among equals; a job that was handed back gets one before all others. */
  turn: number;
  dueAt: number;
}

/** One queue: jobs that wait, jobs that are not due yet, and as many running as its concurrency allows. */
export class MemoryQueue {
  /** Both sorted, the next one first. */
  private readonly waiting: Entry[] = [];
  private readonly scheduled: Entry[] = [];
  private readonly ids = new Set<string>();
  private lastTurn = 0;
  private firstTurn = 0;
  private active = 0;
  private concurrency = 0;
  private execute?: Execute;
  private running?: RunningAttempts;
  private fillIsDue = false;
  private cancelWake: () => void = () => undefined;

  constructor(
    readonly name: string,
    private readonly clock: Clock,
  ) {}

  get isWorked(): boolean {
    return this.concurrency > 0;
  }

  stats(): QueueStats {
    this.promoteDue();
    const oldest = Math.min(...this.waiting.map(({ dueAt }) => dueAt));
    return {
      name: this.name,
      size: this.waiting.length,
      scheduled: this.scheduled.length,
      active: this.active,
      dead: 0,
      latency: this.waiting.length > 0 ? Math.max(0, this.clock.now() - oldest) : 0,
      paused: false,
      consumers: this.isWorked ? 1 : 0,
    };
  }

  /** Whether a job with this id waits or runs. */
  has(id: string): boolean {
    return this.ids.has(id);
  }

  add(job: NewJob): void {
    this.ids.add(job.id);
    const entry = {
      job,
      data: JSON.stringify(job.envelope),
      attemptsMade: 0,
      turn: ++this.lastTurn,
      dueAt: 0,
    };
    this.put(entry, job.delay);
  }

  start(concurrency: number, execute: Execute, running: RunningAttempts): void {
    Object.assign(this, { concurrency, execute, running });
    this.fill();
  }

  /** Takes no more jobs; those that run go on. */
  quiet(): void {
    this.concurrency = 0;
    this.cancelWake();
  }

  private put(entry: Entry, delay: number): void {
    entry.dueAt = this.clock.now() + delay;
    if (delay > 0) insert(this.scheduled, entry, isDueBefore);
    else insert(this.waiting, entry, comesBefore);
    if (this.fillIsDue) return;
    this.fillIsDue = true;
    // Not in the caller's tick: an enqueue returns before its job starts, as with a real queue.
    setImmediate(() => {
      this.fillIsDue = false;
      this.fill();
    });
  }

  private fill(): void {
    this.promoteDue();
    while (this.active < this.concurrency && this.waiting.length > 0) void this.run(this.waiting.shift()!);
  }

  private promoteDue(): void {
    const now = this.clock.now();
    while (this.scheduled[0] && this.scheduled[0].dueAt <= now) {
      const due = this.scheduled.shift()!;
      // As BullMQ: what falls due goes to the end of the queue.
      due.turn = ++this.lastTurn;
      insert(this.waiting, due, comesBefore);
    }
    this.cancelWake();
    if (this.scheduled[0] && this.isWorked) {
      this.cancelWake = this.clock.wakeAt(this.scheduled[0].dueAt, () => this.fill());
    }
  }

  private async run(entry: Entry): Promise<void> {
    this.active += 1;
    const { id, name, attempts } = entry.job;
    const { dueAt } = entry;
    const attempt = new Attempt({
      id,
      name,
      queue: this.name,
      data: JSON.parse(entry.data),
      attempt: entry.attemptsMade + 1,
      attempts,
      crashes: 0,
      dueAt,
      log: async () => undefined,
      progress: async () => undefined,
    });
    this.running!.begin(attempt);
    const outcome = await this.execute!(attempt);
    this.running!.end(attempt);
    this.active -= 1;
    this.settle(entry, outcome);
    this.fill();
  }

  /** What an outcome means in memory. Finished jobs, dead ones too, are forgotten: the process is their only record. */
  private settle(entry: Entry, outcome: Outcome): void {
    switch (outcome.kind) {
      case 'failed':
        if (outcome.retryIn === undefined) break;
        entry.attemptsMade += 1;
        this.remember(entry, outcome.note);
        return this.put(entry, outcome.retryIn);
      case 'snoozed':
        this.remember(entry, outcome.note);
        return this.put(entry, outcome.delay);
      case 'interrupted':
        this.remember(entry, outcome.note);
        this.running!.handedBack += 1;
        entry.turn = --this.firstTurn;
        return this.put(entry, 0);
      case 'completed':
      case 'killed':
      case 'lost':
        break;
    }
    this.ids.delete(entry.job.id);
  }

  private remember(entry: Entry, note: EnvelopeNotes | undefined): void {
    if (note) entry.data = JSON.stringify({ ...(JSON.parse(entry.data) as object), ...note });
  }
}

/** As BullMQ orders: jobs without a priority first, then 1, 2, …; among equals the oldest. */
function comesBefore(a: Entry, b: Entry): boolean {
  const byPriority = (a.job.priority ?? 0) - (b.job.priority ?? 0);
  return byPriority === 0 ? a.turn < b.turn : byPriority < 0;
}

function isDueBefore(a: Entry, b: Entry): boolean {
  return a.dueAt === b.dueAt ? a.turn < b.turn : a.dueAt < b.dueAt;
}

/** Keeps a sorted list sorted. */
function insert(list: Entry[], entry: Entry, before: (a: Entry, b: Entry) => boolean): void {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(entry, list[middle]!)) high = middle;
    else low = middle + 1;
  }
  list.splice(low, 0, entry);
}
