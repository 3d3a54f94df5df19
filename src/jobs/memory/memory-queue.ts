import { Attempt } from '../attempt.js';
import type { EnvelopeNotes } from '../envelope.js';
import type { Outcome } from '../outcome.js';
import type { RunningAttempts } from '../running-attempts.js';
import type { Execute, NewJob } from '../store.js';
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
  private readonly waiting: Entry[] = [];
  private readonly scheduled = new Set<Entry>();
  private lastTurn = 0;
  private firstTurn = 0;
  private active = 0;
  private concurrency = 0;
  private execute?: Execute;
  private running?: RunningAttempts;
  private cancelWake: () => void = () => undefined;

  constructor(
    readonly name: string,
    private readonly clock: Clock,
  ) {}

  /** Waiting and not yet due. */
  get size(): number {
    return this.waiting.length + this.scheduled.size;
  }

  get isWorked(): boolean {
    return this.concurrency > 0;
  }

  add(job: NewJob): void {
    const entry = { job, data: JSON.stringify(job.envelope), attemptsMade: 0, turn: ++this.lastTurn, dueAt: 0 };
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
    if (delay > 0) this.scheduled.add(entry);
    else this.waiting.push(entry);
    // Not in the caller's tick: an enqueue returns before its job starts, as with a real queue.
    setImmediate(() => this.fill());
  }

  private fill(): void {
    this.promoteDue();
    while (this.active < this.concurrency) {
      const entry = this.takeNext();
      if (!entry) break;
      void this.run(entry);
    }
  }

  private promoteDue(): void {
    const now = this.clock.now();
    let nextDue = Infinity;
    for (const entry of this.scheduled) {
      if (entry.dueAt <= now) {
        this.scheduled.delete(entry);
        this.waiting.push(entry);
      } else {
        nextDue = Math.min(nextDue, entry.dueAt);
      }
    }
    this.cancelWake();
    if (nextDue < Infinity && this.isWorked) this.cancelWake = this.clock.wakeAt(nextDue, () => this.fill());
  }

  /** As BullMQ orders: jobs without a priority first, then 1, 2, …; among equals the oldest. */
  private takeNext(): Entry | undefined {
    let best: Entry | undefined;
    for (const entry of this.waiting) if (!best || comesBefore(entry, best)) best = entry;
    if (best) this.waiting.splice(this.waiting.indexOf(best), 1);
    return best;
  }

  private async run(entry: Entry): Promise<void> {
    this.active += 1;
    const { id, name, attempts } = entry.job;
    const attempt = new Attempt({
      id,
      name,
      queue: this.name,
      data: JSON.parse(entry.data),
      attempt: entry.attemptsMade + 1,
      attempts,
      crashes: 0,
      log: async () => undefined,
      progress: async () => undefined,
    });
    const outcome = await this.running!.track(attempt, () => this.execute!(attempt));
    this.active -= 1;
    this.settle(entry, outcome);
    this.fill();
  }

  /** What an outcome means in memory. Finished jobs, dead ones too, are forgotten: the process is their only record. */
  private settle(entry: Entry, outcome: Outcome): void {
    switch (outcome.kind) {
      case 'failed':
        if (outcome.retryIn === undefined) return;
        entry.attemptsMade += 1;
        this.remember(entry, outcome.note);
        return this.put(entry, outcome.retryIn);
      case 'snoozed':
        this.remember(entry, outcome.note);
        return this.put(entry, outcome.delay);
      case 'interrupted':
        entry.turn = --this.firstTurn;
        return this.put(entry, 0);
      case 'completed':
      case 'killed':
      case 'lost':
        return;
    }
  }

  private remember(entry: Entry, note: EnvelopeNotes | undefined): void {
    if (note) entry.data = JSON.stringify({ ...(JSON.parse(entry.data) as object), ...note });
  }
}

function comesBefore(a: Entry, b: Entry): boolean {
  const byPriority = (a.job.priority ?? 0) - (b.job.priority ?? 0);
  return byPriority === 0 ? a.turn < b.turn : byPriority < 0;
}
