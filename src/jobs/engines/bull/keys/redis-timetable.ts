import type { JobsOptions as BullJobOptions, Queue } from 'bullmq';
import { schedulerIdOf, tickIdOf } from '../../../job/schedule/tick.js';
import {
  duplicateSchedule,
  voteCounts,
  type DamagedSchedule,
  type PlannedSchedule,
  type RuntimePage,
  type RuntimeQuery,
  type Schedule,
  type Timetable,
  type UpsertChange,
  type VoteResult,
} from '../../../store/timetable.js';
import type { Ask } from '../connection/ask.js';
import type { RedisClient } from '../connection/connection.js';
import { repeatOptionsOf } from '../connection/repeat-strategy.js';
import { vote } from '../scripts/schedules/campaign-script.js';
import {
  claimRun,
  keepSchedule,
  noteStart,
  readServedTime,
  removeSchedule,
} from '../scripts/schedules/timetable-scripts.js';
import { keepDueTick } from './due-tick.js';
import { fledgeKey, queueBase } from './fledge-keys.js';
import { ScheduleReader } from './schedule-reader.js';

/** A process whose clock is further ahead than this leaves planning to the workers. In milliseconds. */
const mostAhead = 1_000;

/** The parts of the store that the timetable uses. */
export interface TimetableResources {
  readonly client: RedisClient;
  readonly prefix: string;
  readonly queue: (name: string) => Promise<Queue>;
  readonly ask: Ask;
  /** Returns BullMQ's options for a job of a schedule. */
  readonly optionsOf: (schedule: Pick<Schedule, 'priority' | 'attempts'>) => BullJobOptions;
}

/**
 * Schedules in Redis: a hash with a field for each schedule, and a job scheduler of BullMQ for each schedule that is not
 * paused. The ids of Fledge's job schedulers begin with `fledge-`. Fledge does not touch others.
 */
export class RedisTimetable implements Timetable {
  private readonly records: string;
  private readonly paused: string;
  private readonly reader: ScheduleReader;

  constructor(private readonly store: TimetableResources) {
    this.records = fledgeKey(store.prefix, 'schedules');
    this.paused = `${this.records}:paused`;
    this.reader = new ScheduleReader(store, this.records);
  }

  async campaign(worker: string, set: string, queues: readonly string[]): Promise<VoteResult> {
    const { client, ask } = this.store;
    return ask(() => vote(client, { key: this.records, set, worker, queues }));
  }

  async wasServed(queue: string, time: number): Promise<boolean> {
    const { client, ask } = this.store;
    const { now, served } = await ask(() => readServedTime(client, this.records, queue));
    if (served === undefined) return true;
    // A worker that noted this recently may still be there. Or another took over without a gap and has noted nothing yet.
    const grace = now - served.till <= voteCounts ? voteCounts : 0;
    return served.from <= time && time <= served.till + grace;
  }

  list(): Promise<PlannedSchedule[]> {
    return this.reader.list();
  }

  damaged(): Promise<DamagedSchedule[]> {
    return this.reader.damaged();
  }

  async find(name: string): Promise<PlannedSchedule | DamagedSchedule | undefined> {
    return (await this.reader.find(name)).found;
  }

  page(query: RuntimeQuery): Promise<RuntimePage> {
    return this.reader.page(query);
  }

  count(prefix?: string): Promise<number> {
    return this.reader.count(prefix);
  }

  strays(after?: string): Promise<{ schedules: PlannedSchedule[]; after: string | undefined }> {
    return this.reader.strays(after);
  }

  async plan(schedule: Schedule): Promise<void> {
    const { now, former } = await this.sound(schedule.name);
    await this.keep(schedule, former, now);
  }

  async upsert(schedule: Schedule): Promise<UpsertChange> {
    const { now, former } = await this.sound(schedule.name);
    const isPlanned = former && (former.paused || former.next !== undefined);
    if (isPlanned && former.runtime && former.fingerprint === schedule.fingerprint) return 'unchanged';
    await this.keep(schedule, former, now, Date.now() - now <= mostAhead);
    return former ? 'changed' : 'added';
  }

  async remove(name: string): Promise<void> {
    const { client, ask } = this.store;
    const { former } = await this.sound(name);
    if (former) await this.cease(former);
    await ask(() => removeSchedule(client, this.records, name));
  }

  async pause(name: string): Promise<void> {
    await this.store.ask(() => this.store.client.hset(this.paused, name, ''));
    const { former } = await this.sound(name);
    if (former) await this.cease(former);
  }

  async resume(name: string): Promise<void> {
    await this.store.ask(() => this.store.client.hdel(this.paused, name));
    const { now, former } = await this.sound(name);
    if (!former || former.next !== undefined) return;
    // BullMQ plans nothing before the time of this process, so ticks before that time would be lost.
    if (Date.now() - now <= mostAhead) await this.begin(former, now, former.last);
  }

  async started(name: string, tick: number): Promise<void> {
    const { client, ask } = this.store;
    await ask(() => noteStart(client, this.records, name, tick));
  }

  async claimRun(
    name: string,
    { id, queue }: { readonly id: string; readonly queue: string },
  ): Promise<boolean> {
    const { client, prefix, ask } = this.store;
    return ask(() => claimRun(client, this.records, name, `${queueBase(prefix, queue)}${id}:lock`));
  }

  /** Returns the schedule if its record can be used. */
  private async sound(name: string): Promise<{ now: number; former: PlannedSchedule | undefined }> {
    const { now, found } = await this.reader.find(name);
    return { now, former: found && !('damage' in found) ? found : undefined };
  }

  /**
   * Stores a schedule and plans its next tick.
   * @param former the schedule that it replaces
   * @param mayPlan false leaves it to a worker to plan the tick
   */
  private async keep(
    schedule: Schedule,
    former: PlannedSchedule | undefined,
    now: number,
    mayPlan = true,
  ): Promise<void> {
    const { client, ask } = this.store;
    const { name, disabled = false, runtime = false } = schedule;
    if (former && (former.runtime ?? false) !== runtime) throw duplicateSchedule(name);
    if (former && former.queue !== schedule.queue) await this.leave(former, now);
    const record = JSON.stringify({ ...schedule, scheduler: schedulerIdOf(name) });
    const state = await ask(() => keepSchedule(client, this.records, { name, record, disabled, runtime }));
    if (state === 'taken') throw duplicateSchedule(name);
    if (state === 'paused') return this.cease(schedule);
    if (!mayPlan) return;
    await this.begin(schedule, now, former?.last);
    // `pause` notes the pause before it looks for a scheduler. So either it or this line finds the other.
    if (await this.isPaused(name)) await this.cease(schedule);
  }

  private async isPaused(name: string): Promise<boolean> {
    return this.store.ask(async () => (await this.store.client.hexists(this.paused, name)) === 1);
  }

  /**
   * Plans the first tick after now. It is also after the last tick that is known to have started, because that tick's worker
   * may have a clock that is ahead. BullMQ replaces a planned tick in one step, so none is lost and none comes twice.
   *
   * @param now the server's time in milliseconds since 1970
   */
  private async begin(schedule: Schedule, now: number, last = 0): Promise<void> {
    const { name, job, queue: of, timing, envelope, fingerprint } = schedule;
    // BullMQ keeps options that it does not know. The fingerprint shows a change that was interrupted.
    const opts = { ...this.store.optionsOf(schedule), prevMillis: Math.max(now, last), fingerprint };
    await this.store.ask(async () => {
      const queue = await this.store.queue(of);
      await keepDueTick(queue, name, now);
      await queue.upsertJobScheduler(schedulerIdOf(name), repeatOptionsOf(timing), {
        name: job,
        data: envelope,
        opts,
      });
    });
  }

  /** Removes a schedule's job scheduler from the queue that the schedule leaves. */
  private async leave({ name, queue: of }: Schedule, now: number): Promise<void> {
    await this.store.ask(async () => {
      const queue = await this.store.queue(of);
      await keepDueTick(queue, name, now);
      await queue.removeJobScheduler(schedulerIdOf(name));
    });
  }

  /** Makes no further ticks, and drops the tick that has not started. */
  private async cease({ name, queue: of }: Schedule): Promise<void> {
    await this.store.ask(async () => {
      const queue = await this.store.queue(of);
      const id = schedulerIdOf(name);
      const next = (await queue.getJobScheduler(id))?.next;
      await queue.removeJobScheduler(id);
      // BullMQ removed the tick only if it was not due yet. It refuses to remove a tick that runs, which is right.
      if (next) await queue.remove(tickIdOf(name, next)).catch(() => undefined);
    });
  }
}
