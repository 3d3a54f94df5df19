import type { JobsOptions as BullJobOptions, Queue } from 'bullmq';
import { schedulerIdOf, tickIdOf } from '../tick.js';
import {
  leadFor,
  voteCounts,
  voteForgotten,
  type PlannedSchedule,
  type Schedule,
  type Timetable,
} from '../timetable.js';
import type { RedisClient } from './connection.js';
import { repeatOptionsOf } from './repeat-strategy.js';
import { campaignScript, listScript, startedScript } from './timetable-scripts.js';

type Row = [text: string, isCurrent: number, paused: number, next: string, last: string];

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

  async campaign(worker: string, set: string, queues: readonly string[]): Promise<boolean> {
    const { client } = this.store;
    const args = [set, worker, voteCounts, voteForgotten, leadFor, ...queues];
    return this.store.ask(async () => (await campaignScript.run(client, this.records, ...args)) === 1);
  }

  async wasWorked(queue: string, time: number): Promise<boolean> {
    const worked = await this.store.ask(() => this.store.client.hget(`${this.records}:worked`, queue));
    if (worked === null) return true;
    const [from = 0, till = 0] = worked.split(' ').map(Number);
    return from <= time && time <= till + voteCounts;
  }

  async list(): Promise<PlannedSchedule[]> {
    return (await this.read()).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async plan(schedule: Schedule): Promise<void> {
    const { client } = this.store;
    const { name } = schedule;
    const former = await this.find(name);
    if (former && former.queue !== schedule.queue) await this.leave(former);
    const record = JSON.stringify({ ...schedule, scheduler: schedulerIdOf(name) });
    await this.store.ask(() => client.hset(this.records, name, record));
    if (await this.isPaused(name)) return;
    await this.begin(schedule);
    // Whoever pauses it meanwhile has noted that before, and looked for a scheduler after.
    if (await this.isPaused(name)) await this.cease(schedule);
  }

  async remove(name: string): Promise<void> {
    const { client } = this.store;
    const former = await this.find(name);
    if (former) await this.cease(former);
    await this.store.ask(async () => {
      await client.hdel(this.records, name);
      await client.srem(this.paused, name);
      await client.hdel(`${this.records}:last`, name);
    });
  }

  async pause(name: string): Promise<void> {
    await this.store.ask(() => this.store.client.sadd(this.paused, name));
    const schedule = await this.find(name);
    if (schedule) await this.cease(schedule);
  }

  async resume(name: string): Promise<void> {
    await this.store.ask(() => this.store.client.srem(this.paused, name));
    const schedule = await this.find(name);
    if (schedule && schedule.next === undefined) await this.begin(schedule);
  }

  async started(name: string, tick: number): Promise<void> {
    const { client } = this.store;
    await this.store.ask(() => startedScript.run(client, this.records, name, tick));
  }

  private async find(name: string): Promise<PlannedSchedule | undefined> {
    return (await this.read(name))[0];
  }

  private async read(...names: [] | [name: string]): Promise<PlannedSchedule[]> {
    const { client, prefix } = this.store;
    const rows = await this.store.ask(() => listScript.run(client, this.records, prefix, ...names));
    return (rows as Row[]).flatMap(readRow);
  }

  private async isPaused(name: string): Promise<boolean> {
    return this.store.ask(async () => (await this.store.client.sismember(this.paused, name)) === 1);
  }

  /** Plans the next tick. BullMQ replaces one that is planned already in one step: none is lost, and none comes twice. */
  private async begin(schedule: Schedule): Promise<void> {
    const { name, job, queue: of, timing, envelope, fingerprint } = schedule;
    // BullMQ keeps options that it does not know: only so a change that was interrupted is seen.
    const opts = { ...this.store.optionsOf(schedule), fingerprint };
    await this.store.ask(async () => {
      const queue = await this.store.queue(of);
      await letDueTickRun(queue, name);
      await queue.upsertJobScheduler(schedulerIdOf(name), repeatOptionsOf(timing), {
        name: job,
        data: envelope,
        opts,
      });
    });
  }

  /** Leaves a queue for another one. */
  private async leave({ name, queue: of }: Schedule): Promise<void> {
    await this.store.ask(async () => {
      const queue = await this.store.queue(of);
      await letDueTickRun(queue, name);
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
async function letDueTickRun(queue: Queue, name: string): Promise<void> {
  const id = schedulerIdOf(name);
  const next = (await queue.getJobScheduler(id))?.next;
  if (!next || next > Date.now()) return;
  const tick = await queue.getJob(tickIdOf(name, next));
  // Due, though no worker has moved it to where it waits. Refused for one that is there.
  await tick?.promote().catch(() => undefined);
  await queue.removeJobScheduler(id);
}

/** What a later Fledge, or another program, wrote there is left alone, and out. */
function readRow([text, isCurrent, paused, next, last]: Row): PlannedSchedule[] {
  try {
    const { scheduler, ...schedule } = JSON.parse(text) as Schedule & { readonly scheduler: string };
    if (scheduler !== schedulerIdOf(schedule.name) || !isWhole(schedule)) return [];
    const fingerprint = isCurrent === 1 ? schedule.fingerprint : '';
    return [{ ...schedule, fingerprint, paused: paused === 1, next: timeOf(next), last: timeOf(last) }];
  } catch {
    return [];
  }
}

const timeOf = (text: string): number | undefined => (text === '' ? undefined : Number(text));

/** Has all that readers rely on. */
function isWhole({ name, job, queue, fingerprint, timing, envelope }: Schedule): boolean {
  const texts = [name, job, queue, fingerprint].every((text) => typeof text === 'string');
  return texts && [timing, envelope].every((part) => typeof part === 'object' && part !== null);
}
