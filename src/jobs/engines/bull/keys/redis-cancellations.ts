import {
  cancellationsLast,
  mostCancellations,
  type Cancellation,
  type Cancellations,
  type CancelTarget,
} from '../../../store/cancellations.js';
import type { RedisClient } from '../connection/connection.js';
import { LuaScript } from '../scripts/lua-script.js';

/**
 * Adds a cancellation to a sorted set. Its score is the server's time, but always higher than every score before it: after
 * a failover the server's clock may be behind. So the set stays in the order in which cancellations came, whatever the
 * clock does, and what is too old can still be found by its score.
 *
 * A score that lies further ahead than cancellations last is from a clock that was wrong, or was written by another
 * program. It gets the current time, so that it neither stays forever nor pushes later scores out of range.
 *
 * The first write is a removal: a server whose memory is full refuses additions only until a script has written something.
 *
 * KEYS: the set. ARGV: the cancellation; how long cancellations last in milliseconds; how many are kept.
 */
const leaveScript = new LuaScript(`
local key, word, lasts, most, mostAhead = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), 1000
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kind = redis.call('TYPE', key).ok
local isOther = kind ~= 'zset' and kind ~= 'none'
local limit = string.format('%.0f', now + lasts)
local highest = isOther and {} or redis.call('ZREVRANGEBYSCORE', key, limit, '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
local ahead = isOther and {} or redis.call('ZREVRANGEBYSCORE', key, '+inf', '(' .. limit, 'LIMIT', 0, mostAhead)

if isOther then redis.call('DEL', key) end
redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now - lasts))
redis.call('ZREMRANGEBYSCORE', key, '(' .. limit, '+inf')
local score = math.max(now, math.floor(tonumber(highest[2]) or 0) + 1)
for i = #ahead, 1, -1 do
  redis.call('ZADD', key, string.format('%.0f', score), ahead[i])
  score = score + 1
end
redis.call('ZADD', key, string.format('%.0f', score), word)
redis.call('ZREMRANGEBYRANK', key, 0, -1 - most)
redis.call('PEXPIRE', key, lasts)`);

/** No queue can be called `$cancelled`. */
const keyBelow = (prefix: string): string => `${prefix}:$cancelled`;

/** Cancellations in Redis. */
export class RedisCancellations implements Cancellations {
  private readonly key: string;

  constructor(
    private readonly client: RedisClient,
    prefix: string,
    /** Converts failures into coded errors, and waits no longer than an add does. */
    private readonly ask: <Answer>(question: () => Promise<Answer>) => Promise<Answer>,
  ) {
    this.key = keyBelow(prefix);
  }

  async leave(cancellation: Cancellation): Promise<void> {
    const word = JSON.stringify(cancellation);
    await this.ask(() => leaveScript.run(this.client, this.key, word, cancellationsLast, mostCancellations));
  }
}

/** The word is kept as bytes: another program may have written some that are not text. */
interface Entry {
  readonly word: Buffer;
  readonly score: string;
}

/** Reads the cancellations that came since it last read. Each worker process has one, and asks it again and again. */
export class CancellationReader {
  private readonly key: string;
  /** The last entry that it has read. */
  private last: Entry | undefined;

  constructor(
    private readonly client: RedisClient,
    prefix: string,
  ) {
    this.key = keyBelow(prefix);
  }

  /**
   * Costs one small read while nothing is cancelled. When the last entry is no longer where it was, the server was flushed,
   * or a failover lost its last writes. Then everything is read again, and cancellations that were read before come twice.
   */
  async news(): Promise<Cancellation[]> {
    const { last } = this;
    const found = last && after(last, await this.readFrom(last.score));
    const fresh = found ?? (await this.readFrom('-inf'));
    this.last = fresh.at(-1) ?? (found && last);
    return fresh.flatMap(({ word }) => readWord(word.toString()));
  }

  private async readFrom(score: string): Promise<Entry[]> {
    const rows = await this.client.zrangebyscoreBuffer(this.key, score, '+inf', 'WITHSCORES');
    return rows.flatMap((word, i) => (i % 2 === 0 ? [{ word, score: String(rows[i + 1]) }] : []));
  }
}

/** Those behind the entry; undefined when it is not among them. */
function after(last: Entry, entries: readonly Entry[]): Entry[] | undefined {
  const at = entries.findIndex(({ word, score }) => score === last.score && word.equals(last.word));
  return at === -1 ? undefined : entries.slice(at + 1);
}

/** Ignores what a later version of Fledge, or another program, has written there. */
function readWord(text: string): Cancellation[] {
  try {
    const { target, at, reason } = JSON.parse(text) as Partial<Cancellation>;
    if (!isTarget(target) || !Number.isFinite(at)) return [];
    return [{ target, at: Number(at), ...(typeof reason === 'string' ? { reason } : {}) }];
  } catch {
    return [];
  }
}

function isTarget(target: unknown): target is CancelTarget {
  const { kind, id, name } = (target ?? {}) as Record<string, unknown>;
  return (kind === 'job' && typeof id === 'string') || (kind === 'class' && typeof name === 'string');
}
