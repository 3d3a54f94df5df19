import type { RedisClient } from '../connection/connection.js';
import { clock, ensureHash } from './lua-fragments.js';
import { LuaScript } from './lua-script.js';

const beatScript = new LuaScript<number>(`${clock}${ensureHash}
local fleet, id, beat, expiry = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
ensureHash(fleet)
redis.call('HSET', fleet, id, '{"at":' .. nowText .. ',"beat":' .. beat .. '}')
redis.call('EXPIRE', fleet, expiry)`);

interface NewBeat {
  /** The key of the fleet. */
  readonly key: string;
  /** The worker process's id. */
  readonly id: string;
  /** As JSON. */
  readonly beat: string;
  /** When the key is deleted if no worker beats again, in seconds. */
  readonly expiresAfter: number;
}

/** Stores a worker process's beat with the server's time. */
export async function recordBeat(
  client: RedisClient,
  { key, id, beat, expiresAfter }: NewBeat,
): Promise<void> {
  await beatScript.run(client, key, id, beat, expiresAfter);
}

const readScript = new LuaScript<[now: string, fields: string[]]>(`${clock}
local beats = redis.pcall('HGETALL', KEYS[1])
if beats.err then beats = {} end
return {nowText, beats}`);

/**
 * Reads the beats of all worker processes.
 * @returns `now` is the server's time in milliseconds since 1970
 */
export async function readBeats(
  client: RedisClient,
  key: string,
): Promise<{ now: number; beats: { id: string; record: string }[] }> {
  const [now, fields] = await readScript.run(client, key);
  const beats = fields.flatMap((id, i) => (i % 2 === 0 ? [{ id, record: fields[i + 1] ?? '' }] : []));
  return { now: Number(now), beats };
}

const takeScript = new LuaScript<null>(`
local key, expected = KEYS[1], ARGV[1]
if redis.call('GET', key) == expected then redis.call('DEL', key) end`);

/** Deletes a command, unless another command has replaced it. */
export async function deleteCommand(client: RedisClient, key: string, command: string): Promise<void> {
  await takeScript.run(client, key, command);
}
