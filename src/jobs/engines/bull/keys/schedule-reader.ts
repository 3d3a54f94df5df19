import type {
  DamagedSchedule,
  Orphan,
  PlannedSchedule,
  RuntimePage,
  RuntimeQuery,
} from '../../../store/timetable.js';
import type { Ask } from '../connection/ask.js';
import type { RedisClient } from '../connection/connection.js';
import { readOrphans } from '../scripts/schedules/orphans-script.js';
import {
  countNames,
  readDeclared,
  readOne,
  readRuntime,
  readStrays,
} from '../scripts/schedules/read-schedules-scripts.js';
import { isQueueName } from './find-queues.js';
import { readOrphan } from './orphan-record.js';
import { readSchedule, readStored, type StoredSchedule } from './schedule-record.js';

type AnySchedule = PlannedSchedule | DamagedSchedule;

/** How many schedules one script looks at. Other commands run between two scripts. */
const slice = 250;

interface Resources {
  readonly client: RedisClient;
  readonly prefix: string;
  readonly ask: Ask;
}

/** Reads schedules from Redis. */
export class ScheduleReader {
  private readonly client: RedisClient;
  private readonly keys: { readonly key: string; readonly prefix: string };
  private readonly ask: Ask;

  /** @param key the key of the schedules */
  constructor({ client, prefix, ask }: Resources, key: string) {
    this.client = client;
    this.keys = { key, prefix };
    this.ask = ask;
  }

  async list(): Promise<PlannedSchedule[]> {
    return (await this.declared()).filter(isSound).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async damaged(): Promise<DamagedSchedule[]> {
    return (await this.declared()).filter(isDamaged);
  }

  async find(name: string): Promise<AnySchedule | undefined> {
    const { row } = await this.ask(() => readOne(this.client, this.keys, name));
    return row && readSchedule(row);
  }

  /** @returns `now` is the server's time in milliseconds since 1970 */
  async stored(name: string): Promise<{ now: number; found: StoredSchedule | DamagedSchedule | undefined }> {
    const { now, row } = await this.ask(() => readOne(this.client, this.keys, name));
    return { now, found: row && readStored(row) };
  }

  async page({ prefix, after, limit }: RuntimeQuery): Promise<RuntimePage> {
    const schedules: AnySchedule[] = [];
    let last = after;
    do {
      const range = { ...rangeOf(prefix, last), limit: Math.min(slice, limit - schedules.length) };
      const [rows, next] = await this.ask(() => readRuntime(this.client, this.keys, range));
      schedules.push(...rows.map(readSchedule));
      last = next || undefined;
    } while (last !== undefined && schedules.length < limit);
    return { schedules, after: last };
  }

  count(prefix?: string): Promise<number> {
    const { least, most } = rangeOf(prefix, undefined);
    return this.ask(() => countNames(this.client, this.keys.key, least, most));
  }

  async strays(after?: string): Promise<{ schedules: PlannedSchedule[]; after: string | undefined }> {
    const range = { ...rangeOf(undefined, after), limit: slice };
    const [rows, next] = await this.ask(() => readStrays(this.client, this.keys, range));
    return { schedules: rows.map(readSchedule).filter(isSound), after: next || undefined };
  }

  /** Goes through the job schedulers of all queues that a worker has served. */
  async *orphans(): AsyncGenerator<Orphan> {
    const queues = await this.ask(() => this.client.hkeys(`${this.keys.key}:worked`));
    for (const queue of queues.filter(isQueueName)) {
      let cursor = '0';
      do {
        const from = { queue, cursor, count: slice };
        const [next, rows] = await this.ask(() => readOrphans(this.client, this.keys, from));
        for (const row of rows) {
          const orphan = readOrphan(queue, row);
          if (orphan) yield orphan;
        }
        cursor = next;
      } while (cursor !== '0');
    }
  }

  private async declared(): Promise<AnySchedule[]> {
    return (await this.ask(() => readDeclared(this.client, this.keys))).map(readSchedule);
  }
}

/** Names are ASCII, so `\xff` is after every letter that may follow the prefix. */
function rangeOf(prefix = '', after: string | undefined): { least: string; most: string } {
  const first = prefix === '' ? '-' : `[${prefix}`;
  return {
    least: after !== undefined && after >= prefix ? `(${after}` : first,
    most: prefix === '' ? '+' : `[${prefix}\u00ff`,
  };
}

function isSound(schedule: AnySchedule): schedule is PlannedSchedule {
  return !('damage' in schedule);
}

function isDamaged(schedule: AnySchedule): schedule is DamagedSchedule {
  return 'damage' in schedule;
}
