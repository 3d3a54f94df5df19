import type { JobsOptions as BullJobOptions, Queue } from 'bullmq';
import { schedulerIdOf } from '../../../job/schedule/tick.js';
import {
  duplicateSchedule,
  voteCounts,
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
} from '../../../store/timetable.js';
import type { Ask } from '../connection/ask.js';
import type { RedisClient } from '../connection/connection.js';
import { vote } from '../scripts/schedules/campaign-script.js';
import {
  claimRun,
  claimWait,
  keepSchedule,
  notePause,
  noteStart,
  readServedTime,
  removeSchedule,
  type FormerRecord,
} from '../scripts/schedules/timetable-scripts.js';
import { fledgeKey, queueBase } from './fledge-keys.js';
import { JobSchedulers } from './job-schedulers.js';
import { ScheduleReader } from './schedule-reader.js';

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
 * paused. Every change writes the record first. The job scheduler then follows the record.
 */
export class RedisTimetable implements Timetable {
  private readonly records: string;
  private readonly reader: ScheduleReader;
  private readonly schedulers: JobSchedulers;

  constructor(private readonly store: TimetableResources) {
    this.records = fledgeKey(store.prefix, 'schedules');
    this.reader = new ScheduleReader(store, this.records);
    this.schedulers = new JobSchedulers(store, this.reader);
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
    return this.reader.find(name);
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

  orphans(): AsyncIterable<Orphan> {
    return this.reader.orphans();
  }

  async plan(schedule: Schedule): Promise<void> {
    const former = await this.keep(schedule);
    await this.schedulers.follow(schedule.name, former?.queue, 'whatever the clock');
  }

  async upsert(schedule: Schedule): Promise<UpsertChange> {
    const { found } = await this.reader.stored(schedule.name);
    const stored = found && !('damage' in found) ? found : undefined;
    const isSettled = stored?.isCurrent && stored.paused === (stored.next === undefined);
    if (isSettled && stored.runtime && stored.fingerprint === schedule.fingerprint) return 'unchanged';
    const former = await this.keep(schedule);
    await this.schedulers.follow(schedule.name, former?.queue);
    return former ? 'changed' : 'added';
  }

  async remove(name: string, kind: ScheduleKind): Promise<boolean> {
    const { client, ask } = this.store;
    const runtime = kind === 'runtime';
    const former = await ask(() => removeSchedule(client, this.records, { name, runtime }));
    await this.schedulers.follow(name, former?.queue);
    return former !== undefined;
  }

  async pause(name: string): Promise<void> {
    const { client, ask } = this.store;
    await ask(() => notePause(client, this.records, name));
    await this.schedulers.follow(name);
  }

  async resume(name: string): Promise<void> {
    const { client, ask } = this.store;
    await ask(() => client.hdel(`${this.records}:paused`, name));
    await this.schedulers.follow(name);
  }

  settle(name: string, queue?: string): Promise<boolean> {
    return this.schedulers.follow(name, queue, 'whatever the clock');
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

  async waitForResume(
    name: string,
    { id, queue }: { readonly id: string; readonly queue: string },
  ): Promise<boolean> {
    const { client, prefix, ask } = this.store;
    return ask(() => claimWait(client, this.records, name, { base: queueBase(prefix, queue), id }));
  }

  /** Writes a schedule's record, and returns the one that it has replaced. */
  private async keep(schedule: Schedule): Promise<FormerRecord | undefined> {
    const { client, ask } = this.store;
    const { name, disabled = false, runtime = false } = schedule;
    const record = JSON.stringify({ ...schedule, scheduler: schedulerIdOf(name) });
    const former = await ask(() => keepSchedule(client, this.records, { name, record, disabled, runtime }));
    if (former === 'taken') throw duplicateSchedule(name);
    return former;
  }
}
