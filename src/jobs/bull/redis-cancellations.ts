import {
  cancellationsLast,
  type Cancellation,
  type Cancellations,
  type CancelTarget,
} from '../cancellations.js';
import type { RedisClient } from './connection.js';

/**
 * The hash and a version beside it, which is all that workers look at while nothing is cancelled. Both in one step, by
 * the server's clock; those that are too old go whenever a new one comes.
 */
const leaveScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local ok, old = pcall(cjson.decode, all[i + 1])
  if not ok or now - (old.at or 0) > tonumber(ARGV[3]) then redis.call('HDEL', KEYS[1], all[i]) end
end
local entry = cjson.decode(ARGV[2])
entry.at = now
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(entry))
redis.call('INCR', KEYS[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])`;

/** No queue can be called `$cancelled`. */
const keysBelow = (prefix: string): [string, string] => [
  `${prefix}:$cancelled`,
  `${prefix}:$cancelled:version`,
];

/** Cancellations in Redis: a hash with a field for each job or class. */
export class RedisCancellations implements Cancellations {
  private readonly keys: [string, string];

  constructor(
    private readonly client: RedisClient,
    prefix: string,
    /** Puts what goes wrong into a coded error, and waits no longer than an add does. */
    private readonly ask: <Answer>(question: () => Promise<Answer>) => Promise<Answer>,
  ) {
    this.keys = keysBelow(prefix);
  }

  async leave(target: CancelTarget, reason: string | undefined): Promise<void> {
    const field = target.kind === 'job' ? `job:${target.id}` : `class:${target.name}`;
    const entry = JSON.stringify({ target, reason });
    await this.ask(() => this.client.eval(leaveScript, 2, ...this.keys, field, entry, cancellationsLast));
  }
}

/** What a worker process reads of them, again and again. */
export class CancellationReader {
  private readonly keys: [string, string];
  private version: string | null = null;

  constructor(
    private readonly client: RedisClient,
    prefix: string,
  ) {
    this.keys = keysBelow(prefix);
  }

  /** All of them when something has changed, else nothing. Costs a GET. */
  async news(): Promise<Cancellation[] | undefined> {
    const version = await this.client.get(this.keys[1]);
    if (version === this.version) return undefined;
    const entries = version === null ? {} : await this.client.hgetall(this.keys[0]);
    this.version = version;
    return Object.values(entries).flatMap(readEntry);
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
