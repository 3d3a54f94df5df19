import { nextTick } from '../../job/schedule/timing.js';
import { tickIdOf, tickOf } from '../../job/schedule/tick.js';
import {
  pauseKept,
  type DamagedSchedule,
  type PlannedSchedule,
  type Schedule,
  type Timetable,
  type VoteResult,
} from '../../store/timetable.js';
import type { Clock } from './clock.js';
import type { MemoryQueue } from './memory-queue.js';

interface Kept {
  schedule: Schedule;
  paused: boolean;
  next?: number | undefined;
  last?: number;
}

/** Schedules in memory. There is one process, so it always leads. */
export class MemoryTimetable implements Timetable {
  private readonly kept = new Map<string, Kept>();
  /** When each paused schedule was removed, in milliseconds since 1970. */
  private readonly removed = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    private readonly queue: (name: string) => MemoryQueue,
  ) {}

  async campaign(): Promise<VoteResult> {
    return 'leads';
  }

  async wasServed(): Promise<boolean> {
    return true;
  }

  async list(): Promise<PlannedSchedule[]> {
    return [...this.kept.values()]
      .map(({ schedule, paused, next, last }) => ({ ...schedule, paused, next, last }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async damaged(): Promise<DamagedSchedule[]> {
    return [];
  }

  async plan(schedule: Schedule): Promise<void> {
    const former = this.kept.get(schedule.name);
    if (former) this.cease(former, 'let a due tick run');
    const kept = { paused: this.wasPaused(schedule.name), ...former, schedule };
    this.kept.set(schedule.name, kept);
    if (!kept.paused) this.begin(kept, kept.last);
  }

  async remove(name: string): Promise<void> {
    const kept = this.kept.get(name);
    if (kept) this.cease(kept, 'drop a due tick');
    this.kept.delete(name);
    if (kept?.paused) this.removed.set(name, this.clock.now());
  }

  async pause(name: string): Promise<void> {
    const kept = this.kept.get(name);
    if (!kept) return;
    kept.paused = true;
    this.cease(kept, 'drop a due tick');
  }

  async resume(name: string): Promise<void> {
    const kept = this.kept.get(name);
    if (!kept) return;
    kept.paused = false;
    if (kept.next === undefined) this.begin(kept, kept.last);
  }

  async started(name: string, tick: number): Promise<void> {
    const kept = this.kept.get(name);
    if (kept) kept.last = tick;
  }

  /** Call it when a job starts. As in BullMQ, this plans the next tick after now, and skips ticks that have passed since. */
  begun(id: string): void {
    const kept = this.keptOf(id);
    if (kept) this.begin(kept, kept.next);
  }

  /** Returns whether the job with this id is the next tick of a schedule. */
  isNext(id: string): boolean {
    return this.keptOf(id) !== undefined;
  }

  private keptOf(id: string): Kept | undefined {
    const tick = tickOf(id);
    const kept = tick && this.kept.get(tick.schedule);
    return kept && kept.next === tick.at ? kept : undefined;
  }

  /** Returns whether the schedule was paused when it was removed, if that is not too long ago. */
  private wasPaused(name: string): boolean {
    const at = this.removed.get(name);
    this.removed.delete(name);
    return at !== undefined && this.clock.now() - at <= pauseKept;
  }

  private begin(kept: Kept, after = 0): void {
    const { name, job, queue, timing, envelope, priority, attempts } = kept.schedule;
    const now = this.clock.now();
    const next = nextTick(timing, Math.max(now, after));
    kept.next = next;
    const id = tickIdOf(name, next);
    this.queue(queue).add({
      id,
      repeated: false,
      name: job,
      queue,
      envelope,
      delay: next - now,
      priority,
      attempts,
      unique: undefined,
    });
  }

  private cease(kept: Kept, then: 'let a due tick run' | 'drop a due tick'): void {
    const { next, schedule } = kept;
    kept.next = undefined;
    if (next === undefined) return;
    const queue = this.queue(schedule.queue);
    queue.refresh();
    const id = tickIdOf(schedule.name, next);
    const place = queue.jobs.placeOf(id);
    const job = queue.jobs.get(id);
    const isPending = place === 'delayed' || (place === 'waiting' && then === 'drop a due tick');
    if (job && isPending) queue.remove(job);
  }
}
