import type {
  Cancellation,
  Cancellations,
  CancelledJob,
  CancelTarget,
} from '../../../store/cancellations.js';
import { isObject, isText } from '../../../values/readers.js';
import type { Ask } from '../connection/ask.js';
import type { RedisClient } from '../connection/connection.js';
import { addCancellation } from '../scripts/cancellation-script.js';
import { CancelledJobs } from './cancelled-jobs.js';
import { fledgeKey } from './fledge-keys.js';

/** Cancellations in Redis. */
export class RedisCancellations implements Cancellations {
  private readonly key: string;
  private readonly jobs: CancelledJobs;

  constructor(
    private readonly client: RedisClient,
    prefix: string,
    private readonly ask: Ask,
  ) {
    this.key = fledgeKey(prefix, 'cancelled');
    this.jobs = new CancelledJobs(client, prefix);
  }

  async find(id: string): Promise<CancelledJob | undefined> {
    return this.ask(() => this.jobs.find(id));
  }

  async leave(cancellation: Cancellation): Promise<void> {
    await this.ask(() => addCancellation(this.client, this.key, JSON.stringify(cancellation)));
  }
}

/** The text is kept as bytes, because another program may have written bytes that are not text. */
interface Entry {
  readonly text: Buffer;
  readonly score: string;
}

/** Reads new cancellations. Each worker process has one reader and calls it again and again. */
export class CancellationReader {
  private readonly key: string;
  /** The last entry that was read. */
  private last: Entry | undefined;

  constructor(
    private readonly client: RedisClient,
    prefix: string,
  ) {
    this.key = fledgeKey(prefix, 'cancelled');
  }

  /**
   * Returns the cancellations that came after the last call. Costs one small read while nothing is cancelled. When the last
   * entry is no longer in its place, the server was flushed, or a failover lost its last writes. Then everything is read
   * again, and cancellations that were read before come twice.
   */
  async news(): Promise<Cancellation[]> {
    const { last } = this;
    const found = last && after(last, await this.readFrom(last.score));
    const fresh = found ?? (await this.readFrom('-inf'));
    this.last = fresh.at(-1) ?? (found && last);
    return fresh.flatMap(({ text }) => readCancellation(text.toString()));
  }

  private async readFrom(score: string): Promise<Entry[]> {
    const rows = await this.client.zrangebyscoreBuffer(this.key, score, '+inf', 'WITHSCORES');
    return rows.flatMap((text, i) => (i % 2 === 0 ? [{ text, score: String(rows[i + 1]) }] : []));
  }
}

/** Returns the entries behind this one, or undefined if it is not among them. */
function after(last: Entry, entries: readonly Entry[]): Entry[] | undefined {
  const at = entries.findIndex(({ text, score }) => score === last.score && text.equals(last.text));
  return at === -1 ? undefined : entries.slice(at + 1);
}

/** Ignores entries that a later version of Fledge or another program has written. */
function readCancellation(text: string): Cancellation[] {
  try {
    const entry: unknown = JSON.parse(text);
    if (!isObject(entry)) return [];
    const { target, at, by, reason } = entry;
    if (!isTarget(target) || !Number.isFinite(at)) return [];
    return [{ target, at: Number(at), ...(isText(by) && { by }), ...(isText(reason) && { reason }) }];
  } catch {
    return [];
  }
}

function isTarget(target: unknown): target is CancelTarget {
  if (!isObject(target)) return false;
  const { kind, id, name } = target;
  return (kind === 'job' && isText(id)) || (kind === 'class' && isText(name));
}
