import {
  cancellationsLast,
  mostCancellations,
  type Cancellation,
  type Cancellations,
} from '../cancellations.js';
import type { RedisClient } from './connection.js';

/** A set sorted by when they came, by the server's clock; those that are too old or too many go whenever one comes. */
const leaveScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** How many are read at a time. */
const slice = 1_000;

/** No queue can be called `$cancelled`. */
const keyBelow = (prefix: string): string => `${prefix}:$cancelled`;

/** Cancellations in Redis. */
export class RedisCancellations implements Cancellations {
  private readonly key: string;

  constructor(
    private readonly client: RedisClient,
    prefix: string,
    /** Puts what goes wrong into a coded error, and waits no longer than an add does. */
    private readonly ask: <Answer>(question: () => Promise<Answer>) => Promise<Answer>,
  ) {
    this.key = keyBelow(prefix);
  }

  async leave(cancellation: Cancellation): Promise<void> {
    const entry = JSON.stringify(cancellation);
    await this.ask(() =>
      this.client.eval(leaveScript, 1, this.key, entry, cancellationsLast, mostCancellations),
    );
  }
}

/** What a worker process reads of them, again and again: those that came since it last looked. */
export class CancellationReader {
  private readonly key: string;
  private since = '-inf';
  /** Those that came in the very millisecond up to which it has read: others may have come in it since. */
  private readAt: ReadonlySet<string> = new Set();

  constructor(
    private readonly client: RedisClient,
    prefix: string,
  ) {
    this.key = keyBelow(prefix);
  }

  /** Costs one small read while nothing is cancelled. */
  async news(): Promise<Cancellation[]> {
    const found: Cancellation[] = [];
    for (;;) {
      const rows = await this.client.zrangebyscore(
        this.key,
        this.since,
        '+inf',
        'WITHSCORES',
        'LIMIT',
        0,
        slice,
      );
      const entries = rows.filter((_, i) => i % 2 === 0);
      const fresh = entries.filter((entry) => !this.readAt.has(entry));
      if (fresh.length === 0) return found;
      found.push(...fresh.flatMap(readEntry));
      this.since = rows.at(-1)!;
      this.readAt = new Set(entries.filter((_, i) => rows[2 * i + 1] === this.since));
    }
  }
}

/** What a later Fledge, or another program, wrote there is left alone. */
function readEntry(text: string): Cancellation[] {
  try {
    const { target, at, reason } = JSON.parse(text) as Partial<Cancellation>;
    const isKnown = target?.kind === 'job' || target?.kind === 'class';
    if (!isKnown || typeof at !== 'number') return [];
    return [{ target, at, ...(typeof reason === 'string' ? { reason } : {}) }];
  } catch {
    return [];
  }
}
