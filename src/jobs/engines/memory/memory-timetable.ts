import { nextTick } from '../../job/schedule/timing.js';
import { tickIdOf, tickOf } from '../../job/schedule/tick.js';
import {
  duplicateSchedule,
  pauseKept,
  type DamagedSchedule,
  type Orphan,
  type PlannedSchedule,
  type RuntimePage,
  type RuntimeQuery,
  type Schedule,
  type ScheduleKind,
  type Timetable,
  type UpsertChange,
  type VoteResult,
} from '../../store/timetable.js';
import type { Clock } from './queue/clock.js';
import type { MemoryQueue } from './queue/memory-queue.js';
import { ScheduleClaims } from './schedule-claims.js';

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
  private readonly running: ScheduleClaims;
  private readonly waiting: ScheduleClaims;

  constructor(
    private readonly clock: Clock,
    private readonly queue: (name: string) => MemoryQueue,
  ) {
    this.running = new ScheduleClaims('running', queue);
    this.waiting = new ScheduleClaims('delayed', queue);
  }

  async campaign(): Promise<VoteResult> {
    return 'leads';
  }

  async wasServed(): Promise<boolean> {
    return true;
  }

  async list(): Promise<PlannedSchedule[]> {
    return this.planned().filter(({ runtime }) => !runtime);
  }

  async find(name: string): Promise<PlannedSchedule | undefined> {
    const kept = this.kept.get(name);
    return kept && plannedOf(kept);
  }

  async page({ prefix = '', after = '', limit }: RuntimeQuery): Promise<RuntimePage> {
    const all = this.made(prefix).filter(({ name }) => name > after);
    const schedules = all.slice(0, limit);
    return { schedules, after: all.length > limit ? schedules.at(-1)?.name : undefined };
  }

  async count(prefix = ''): Promise<number> {
    return this.made(prefix).length;
  }

  async strays(): Promise<{ schedules: PlannedSchedule[]; after: undefined }> {
    return { schedules: [], after: undefined };
  }

  async *orphans(): AsyncGenerator<Orphan> {}

  async settle(): Promise<boolean> {
    return false;
  }

  async damaged(): Promise<DamagedSchedule[]> {
    return [];
  }

  async plan(schedule: Schedule): Promise<void> {
    const { name, disabled = false, runtime } = schedule;
    const former = this.kept.get(name);
    if (former && former.schedule.runtime !== runtime) throw duplicateSchedule(name);
    if (former) this.cease(former, 'let a due tick run');
    const kept = { paused: former?.paused ?? this.wasPaused(schedule), ...former, schedule };
    const wasDisabled = former?.schedule.disabled ?? false;
    if (disabled !== wasDisabled) kept.paused = disabled;
    this.kept.set(name, kept);
    if (!kept.paused) this.begin(kept, kept.last);
  }

  async upsert(schedule: Schedule): Promise<UpsertChange> {
    const former = this.kept.get(schedule.name)?.schedule;
    if (former?.runtime && former.fingerprint === schedule.fingerprint) return 'unchanged';
    await this.plan(schedule);
    return former ? 'changed' : 'added';
  }

  async remove(name: string, kind: ScheduleKind): Promise<boolean> {
    const kept = this.kept.get(name);
    if (!kept || (kept.schedule.runtime ?? false) !== (kind === 'runtime')) return false;
    this.cease(kept, 'drop a due tick');
    this.kept.delete(name);
    for (const claims of [this.running, this.waiting]) claims.forget(name);
    const isKept = kept.paused && !kept.schedule.runtime && !kept.schedule.disabled;
    if (isKept) this.removed.set(name, this.clock.now());
    return true;
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

  async claimRun(name: string, job: { readonly id: string; readonly queue: string }): Promise<boolean> {
    return this.running.claim(name, job);
  }

  async waitForResume(name: string, job: { readonly id: string; readonly queue: string }): Promise<boolean> {
    return this.waiting.claim(name, job);
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

  private planned(): PlannedSchedule[] {
    return [...this.kept.values()].map(plannedOf).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The schedules that were made at run time. */
  private made(prefix: string): PlannedSchedule[] {
    return this.planned().filter(({ name, runtime }) => runtime && name.startsWith(prefix));
  }

  private keptOf(id: string): Kept | undefined {
    const tick = tickOf(id);
    const kept = tick && this.kept.get(tick.schedule);
    return kept && kept.next === tick.at ? kept : undefined;
  }

  /** Returns whether a declared schedule was paused when it was removed, if that is not too long ago. */
  private wasPaused({ name, runtime }: Schedule): boolean {
    const at = this.removed.get(name);
    this.removed.delete(name);
    return !runtime && at !== undefined && this.clock.now() - at <= pauseKept;
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

function plannedOf({ schedule, paused, next, last }: Kept): PlannedSchedule {
  return { ...schedule, paused, next, last };
}
