import type { JobsOptions as BullJobOptions, Queue } from 'bullmq';
import { schedulerIdOf, tickIdOf } from '../../../job/schedule/tick.js';
import {
  voteCounts,
  type DamagedSchedule,
  type PlannedSchedule,
  type Schedule,
  type Timetable,
  type VoteResult,
} from '../../../store/timetable.js';
import type { Ask } from '../connection/ask.js';
import type { RedisClient } from '../connection/connection.js';
import { repeatOptionsOf } from '../connection/repeat-strategy.js';
import { vote } from '../scripts/campaign-script.js';
import {
  keepSchedule,
  noteStart,
  readSchedules,
  readServedTime,
  removeSchedule,
} from '../scripts/timetable-scripts.js';
import { fledgeKey } from './fledge-keys.js';
import { readSchedule } from './schedule-record.js';

/** Schedules at one moment of the server's clock, in milliseconds since 1970. */
interface Reading {
  readonly now: number;
  readonly schedules: PlannedSchedule[];
  readonly damaged: DamagedSchedule[];
}

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

  constructor(private readonly store: TimetableResources) {
    this.records = fledgeKey(store.prefix, 'schedules');
    this.paused = `${this.records}:paused`;
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

  async list(): Promise<PlannedSchedule[]> {
    return (await this.read()).schedules.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async damaged(): Promise<DamagedSchedule[]> {
    return (await this.read()).damaged;
  }

  async plan(schedule: Schedule): Promise<void> {
    const { client, ask } = this.store;
    const { name } = schedule;
    const { now, former } = await this.find(name);
    if (former && former.queue !== schedule.queue) await this.leave(former, now);
    const record = JSON.stringify({ ...schedule, scheduler: schedulerIdOf(name) });
    if (await ask(() => keepSchedule(client, this.records, { name, record }))) return this.cease(schedule);
    await this.begin(schedule, now, former?.last);
    // `pause` notes the pause before it looks for a scheduler. So either it or this line finds the other.
    if (await this.isPaused(name)) await this.cease(schedule);
  }

  async remove(name: string): Promise<void> {
    const { client, ask } = this.store;
    const { former } = await this.find(name);
    if (former) await this.cease(former);
    await ask(() => removeSchedule(client, this.records, name));
  }

  async pause(name: string): Promise<void> {
    await this.store.ask(() => this.store.client.hset(this.paused, name, ''));
    const { former } = await this.find(name);
    if (former) await this.cease(former);
  }

  async resume(name: string): Promise<void> {
    await this.store.ask(() => this.store.client.hdel(this.paused, name));
    const { now, former } = await this.find(name);
    if (!former || former.next !== undefined) return;
    // BullMQ plans nothing before the time of this process, so ticks before that time would be lost.
    if (Date.now() - now <= mostAhead) await this.begin(former, now, former.last);
  }

  async started(name: string, tick: number): Promise<void> {
    const { client, ask } = this.store;
    await ask(() => noteStart(client, this.records, name, tick));
  }

  private async find(name: string): Promise<{ now: number; former: PlannedSchedule | undefined }> {
    const { now, schedules } = await this.read(name);
    return { now, former: schedules[0] };
  }

  /** Reads all schedules, or only one. */
  private async read(only?: string): Promise<Reading> {
    const { client, prefix, ask } = this.store;
    const { now, rows } = await ask(() => readSchedules(client, { key: this.records, prefix, only }));
    const read = rows.map(readSchedule);
    return {
      now,
      schedules: read.flatMap((one) => ('damage' in one ? [] : [one])),
      damaged: read.flatMap((one) => ('damage' in one ? [one] : [])),
    };
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

/**
 * Removes a schedule's job scheduler without its tick, if that tick is due. BullMQ removes a tick that waits for a worker when
 * its job scheduler is replaced, but not when the job scheduler is removed.
 */
async function keepDueTick(queue: Queue, name: string, now: number): Promise<void> {
  const id = schedulerIdOf(name);
  const next = (await queue.getJobScheduler(id))?.next;
  if (!next || next > now) return;
  const tick = await queue.getJob(tickIdOf(name, next));
  // No worker may have moved the due tick to the waiting jobs yet. BullMQ refuses this for a tick that is there.
  await tick?.promote().catch(() => undefined);
  await queue.removeJobScheduler(id);
}
