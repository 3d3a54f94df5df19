import { oldestFirst, putOffFor, type Pause } from '../../../store/pauses.js';
import { isObject, isText, isTime } from '../../../values/readers.js';
import type { Ask } from '../connection/ask.js';
import type { RedisClient } from '../connection/connection.js';
import { isDataFault } from '../connection/refusal.js';
import { addPause, putOffNext, releasePutOff, rememberPutOff } from '../scripts/pause-scripts.js';
import { fledgeKey, queueBase } from './fledge-keys.js';

/** The pauses of jobs in Redis: a hash with a field for each pause, and a sorted set of the jobs that each has put off. */
export class PausedJobs {
  private readonly key: string;

  constructor(
    private readonly client: RedisClient,
    private readonly prefix: string,
    private readonly ask: Ask,
  ) {
    this.key = fledgeKey(prefix, 'paused');
  }

  async list(): Promise<Pause[]> {
    const records = await this.ask(() => this.client.hgetall(this.key).catch(nothingIfDataFault));
    return oldestFirst(Object.entries(records).map(([name, record]) => readPause(name, record)));
  }

  add({ name, ...pause }: Pause): Promise<boolean> {
    return this.ask(() => addPause(this.client, this.key, name, JSON.stringify(pause)));
  }

  async remove(name: string): Promise<boolean> {
    const removed = await this.ask(() => this.client.hdel(this.key, name).catch(noneIfDataFault));
    return removed === 1;
  }

  /**
   * Makes the jobs due that a pause has put off.
   * @returns how many are in the hands of a worker that is about to put them off. They are not due yet
   */
  async release(name: string): Promise<number> {
    const { client, prefix } = this;
    const { kept } = await releasePutOff(client, this.putOffKey(name), prefix, this.ask);
    return kept;
  }

  /**
   * Notes that a pause puts off a running job. The caller moves the job.
   * @param till in milliseconds since 1970
   * @returns false if the pause has ended
   */
  async remember(name: string, queue: string, id: string, till: number): Promise<boolean> {
    return this.ask(() => rememberPutOff(this.client, this.putOff(name, queue, till), id));
  }

  /**
   * Puts off the paused jobs among the next jobs of a queue.
   * @param job the stored name of the jobs
   * @returns how many were put off
   */
  putOffNext(name: string, queue: string, job: string): Promise<number> {
    const till = Date.now() + putOffFor;
    return this.ask(() => putOffNext(this.client, this.putOff(name, queue, till), job));
  }

  private putOff(name: string, queue: string, till: number): Parameters<typeof putOffNext>[1] {
    const base = queueBase(this.prefix, queue);
    return { by: name, pauses: this.key, key: this.putOffKey(name), queue, base, till };
  }

  private putOffKey(name: string): string {
    return `${this.key}:${name}`;
  }
}

/** A field of the hash is a pause, whatever its value is. Any program may have written it. */
function readPause(name: string, record: string): Pause {
  try {
    const value: unknown = JSON.parse(record);
    if (!isObject(value)) return { name };
    const { since, host } = value;
    return { name, ...(isTime(since) && { since }), ...(isText(host) && { host }) };
  } catch {
    return { name };
  }
}

function nothingIfDataFault(thrown: unknown): Record<string, string> {
  if (isDataFault(thrown)) return {};
  throw thrown;
}

function noneIfDataFault(thrown: unknown): number {
  if (isDataFault(thrown)) return 0;
  throw thrown;
}
