import type { JobsOptions as BullJobOptions, Queue } from 'bullmq';
import { schedulerIdOf, tickIdOf } from '../../../job/schedule/tick.js';
import {
  leadFor,
  voteCounts,
  voteForgotten,
  type DamagedSchedule,
  type PlannedSchedule,
  type Schedule,
  type Timetable,
  type VoteResult,
} from '../../../store/timetable.js';
import type { RedisClient } from '../connection/connection.js';
import { repeatOptionsOf } from '../connection/repeat-strategy.js';
import { readSchedule, type ScheduleRow } from './schedule-record.js';
import {
  campaignScript,
  keepScript,
  listScript,
  removeScript,
  startedScript,
  workedScript,
} from '../scripts/timetable-scripts.js';

/** Schedules at a moment of the server's clock; milliseconds since 1970. */
interface Reading {
  readonly now: number;
  readonly schedules: PlannedSchedule[];
  readonly damaged: DamagedSchedule[];
}

/** A process whose clock is further ahead than this leaves it to workers to plan; milliseconds. */
const mostAhead = 1_000;

/** No queue can be called `$schedules`. */
const keyOf = (prefix: string): string => `${prefix}:$schedules`;

/** What of the store it needs. */
export interface TimetableResources {
  readonly client: RedisClient;
  readonly prefix: string;
  readonly queue: (name: string) => Promise<Queue>;
  /** Puts what goes wrong into a coded error, and waits no longer than an add does. */
  readonly ask: <Answer>(question: () => Promise<Answer>) => Promise<Answer>;
  /** BullMQ's options for a job of a schedule. */
  readonly optionsOf: (schedule: Pick<Schedule, 'priority' | 'attempts'>) => BullJobOptions;
}

/**
 * Schedules in Redis: a hash with a field for each, and a job scheduler of BullMQ for each that is not paused, whose id
 * begins with `fledge-`. Others are not ours to touch.
 */
export class RedisTimetable implements Timetable {
  private readonly records: string;
  private readonly paused: string;

  constructor(private readonly store: TimetableResources) {
    this.records = keyOf(store.prefix);
    this.paused = `${this.records}:paused`;
  }

  async campaign(worker: string, set: string, queues: readonly string[]): Promise<VoteResult> {
    const { client } = this.store;
    const args = [set, worker, voteCounts, voteForgotten, leadFor, ...queues];
    return this.store.ask(
      async () => (await campaignScript.run(client, this.records, ...args)) as VoteResult,
    );
  }

  async wasServed(queue: string, time: number): Promise<boolean> {
    const { client } = this.store;
    const answer = await this.store.ask(() => workedScript.run(client, this.records, queue));
    const [now, worked] = answer as [string, string];
    if (worked === '') return true;
    const [from = 0, till = 0] = worked.split(' ').map(Number);
    // Whoever noted that may still be there, or somebody who has not noted anything yet took over without a gap.
    const grace = Number(now) - till <= voteCounts ? voteCounts : 0;
    return from <= time && time <= till + grace;
  }

  async list(): Promise<PlannedSchedule[]> {
    return (await this.read()).schedules.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async damaged(): Promise<DamagedSchedule[]> {
    return (await this.read()).damaged;
  }

  async plan(schedule: Schedule): Promise<void> {
    const { client } = this.store;
    const { name } = schedule;
    const { now, former } = await this.find(name);
    if (former && former.queue !== schedule.queue) await this.leave(former, now);
    const record = JSON.stringify({ ...schedule, scheduler: schedulerIdOf(name) });
    const isPaused = await this.store.ask(() => keepScript.run(client, this.records, name, record));
    if (isPaused === 1) return this.cease(schedule);
    await this.begin(schedule, now, former?.last);
    // Whoever pauses it meanwhile has noted that before, and looked for a scheduler after.
    if (await this.isPaused(name)) await this.cease(schedule);
  }

  async remove(name: string): Promise<void> {
    const { client } = this.store;
    const { former } = await this.find(name);
    if (former) await this.cease(former);
    await this.store.ask(() => removeScript.run(client, this.records, name));
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
    // BullMQ plans nothing before its own process's time: ticks would be lost until then.
    if (Date.now() - now <= mostAhead) await this.begin(former, now, former.last);
  }

  async started(name: string, tick: number): Promise<void> {
    const { client } = this.store;
    await this.store.ask(() => startedScript.run(client, this.records, name, tick));
  }

  private async find(name: string): Promise<{ now: number; former: PlannedSchedule | undefined }> {
    const { now, schedules } = await this.read(name);
    return { now, former: schedules[0] };
  }

  private async read(...names: [] | [name: string]): Promise<Reading> {
    const { client, prefix } = this.store;
    const answer = await this.store.ask(() => listScript.run(client, this.records, prefix, ...names));
    const [now, rows] = answer as [string, ScheduleRow[]];
    const read = rows.map(readSchedule);
    return {
      now: Number(now),
      schedules: read.flatMap((one) => ('damage' in one ? [] : [one])),
      damaged: read.flatMap((one) => ('damage' in one ? [one] : [])),
    };
  }

  private async isPaused(name: string): Promise<boolean> {
    return this.store.ask(async () => (await this.store.client.hexists(this.paused, name)) === 1);
  }

  /**
   * Plans the first tick after now, and after the last one that is known to have started, whose worker's clock may be
   * ahead. BullMQ replaces one that is planned already in one step: none is lost, and none comes twice.
   *
   * @param now by the server's clock; milliseconds since 1970
   */
  private async begin(schedule: Schedule, now: number, last = 0): Promise<void> {
    const { name, job, queue: of, timing, envelope, fingerprint } = schedule;
    // BullMQ keeps options that it does not know: only so a change that was interrupted is seen.
    const opts = { ...this.store.optionsOf(schedule), prevMillis: Math.max(now, last), fingerprint };
    await this.store.ask(async () => {
      const queue = await this.store.queue(of);
      await letDueTickRun(queue, name, now);
      await queue.upsertJobScheduler(schedulerIdOf(name), repeatOptionsOf(timing), {
        name: job,
        data: envelope,
        opts,
      });
    });
  }

  /** Leaves a queue for another one. */
  private async leave({ name, queue: of }: Schedule, now: number): Promise<void> {
    await this.store.ask(async () => {
      const queue = await this.store.queue(of);
      await letDueTickRun(queue, name, now);
      await queue.removeJobScheduler(schedulerIdOf(name));
    });
  }

  /** Makes no more ticks, and drops the one that has not started. */
  private async cease({ name, queue: of }: Schedule): Promise<void> {
    await this.store.ask(async () => {
      const queue = await this.store.queue(of);
      const id = schedulerIdOf(name);
      const next = (await queue.getJobScheduler(id))?.next;
      await queue.removeJobScheduler(id);
      // BullMQ removes only one that is not due yet. One that runs is refused, as it should be.
      if (next) await queue.remove(tickIdOf(name, next)).catch(() => undefined);
    });
  }
}

/** BullMQ takes a tick that waits for a worker out of the queue when its scheduler is replaced, but not when it is removed. */
async function letDueTickRun(queue: Queue, name: string, now: number): Promise<void> {
  const id = schedulerIdOf(name);
  const next = (await queue.getJobScheduler(id))?.next;
  if (!next || next > now) return;
  const tick = await queue.getJob(tickIdOf(name, next));
  // Due, though no worker has moved it to where it waits. Refused for one that is there.
  await tick?.promote().catch(() => undefined);
  await queue.removeJobScheduler(id);
}
