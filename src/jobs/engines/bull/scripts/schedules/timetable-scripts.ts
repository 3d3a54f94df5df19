import { pauseKept } from '../../../../store/timetable.js';
import type { RedisClient } from '../../connection/connection.js';
import { callOrNil, clock, ensureHash } from '../lua-fragments.js';
import { LuaScript } from '../lua-script.js';

/*
 * Schedules that the code declares are fields of one hash, `key`. Schedules that were made at run time are fields of
 * `key:runtime`, and the sorted set `key:runtime:names` has their names. No name is in both hashes.
 *
 * `key:paused` has a field for each paused schedule. Its value is empty if an operator paused the schedule, `code` if the code
 * disabled it, and the time of the removal for a schedule that was removed.
 */

const startScript = new LuaScript<null>(`${ensureHash}
local schedules, last, name, tick = KEYS[1], KEYS[1] .. ':last', ARGV[1], ARGV[2]
ensureHash(last)
if redis.call('HEXISTS', schedules, name) == 1 or redis.call('HEXISTS', schedules .. ':runtime', name) == 1 then
  redis.call('HSET', last, name, tick)
end`);

/** Notes the tick that started last, in milliseconds since 1970, if the schedule is still there. */
export async function noteStart(client: RedisClient, key: string, name: string, tick: number): Promise<void> {
  await startScript.run(client, key, name, tick);
}

/* `fieldsOf(text)` returns a record's fields, or none if it is damaged. `queueOf` returns its queue, or an empty text. */
const fieldsOf = `
local function fieldsOf(text)
  local isJson, fields = pcall(cjson.decode, text or '{}')
  return isJson and type(fields) == 'table' and fields or {}
end
local function queueOf(fields)
  return type(fields.queue) == 'string' and fields.queue or ''
end`;

const keepScript = new LuaScript<[isTaken: 0 | 1, former?: string]>(`${clock}
${fieldsOf}
local schedules, paused, name, record, isDisabled, isRuntime = KEYS[1], KEYS[1] .. ':paused', ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local own, other = schedules, schedules .. ':runtime'
if isRuntime == '1' then own, other = other, own end
if redis.call('HEXISTS', other, name) == 1 then return {1} end
local text = redis.call('HGET', own, name)
local former = fieldsOf(text)
local wasDisabled = former.disabled == true
redis.call('HSET', own, name, record)
if isRuntime == '1' then redis.call('ZADD', own .. ':names', 0, name) end
local state = redis.call('HGET', paused, name)
-- It is the pause of a declared schedule that had this name.
if isRuntime == '1' and not text then state = false end
if state and state ~= '' and state ~= 'code' then
  state = now - (tonumber(state) or 0) <= ${pauseKept} and ''
end
if isDisabled == '1' and not wasDisabled and not state then state = 'code' end
if isDisabled == '0' and state == 'code' then state = false end
if state then redis.call('HSET', paused, name, state) else redis.call('HDEL', paused, name) end
if not text then return {0} end
return {0, queueOf(former)}`);

interface KeptSchedule {
  readonly name: string;
  readonly record: string;
  readonly disabled: boolean;
  readonly runtime: boolean;
}

/** The record that a change has replaced or removed. */
export interface FormerRecord {
  /** Its queue. It may be no queue's name, if the record was damaged. */
  readonly queue: string;
}

/**
 * Stores a schedule's record. A declared schedule is paused if it was paused and removed recently, or if the code has just
 * disabled it.
 * @returns the record that it has replaced, or `taken` if a schedule of the other kind has its name. Then nothing is stored
 */
export async function keepSchedule(
  client: RedisClient,
  key: string,
  { name, record, disabled, runtime }: KeptSchedule,
): Promise<FormerRecord | undefined | 'taken'> {
  const flags = [disabled ? 1 : 0, runtime ? 1 : 0];
  const [isTaken, former] = await keepScript.run(client, key, name, record, ...flags);
  return isTaken === 1 ? 'taken' : formerOf(former);
}

function formerOf(queue: string | undefined): FormerRecord | undefined {
  return queue === undefined ? undefined : { queue };
}

const removeScript = new LuaScript<[former?: string]>(`${clock}${callOrNil}${fieldsOf}
local schedules, paused, name, isRuntime = KEYS[1], KEYS[1] .. ':paused', ARGV[1], ARGV[2]
local own = schedules
if isRuntime == '1' then
  own = schedules .. ':runtime'
  callOrNil('ZREM', own .. ':names', name)
end
local text = redis.call('HGET', own, name)
if not text then return {} end
redis.call('HDEL', own, name)
local state = redis.call('HGET', paused, name)
if isRuntime == '1' or state == 'code' then
  redis.call('HDEL', paused, name)
elseif state == '' then
  redis.call('HSET', paused, name, nowText)
end
callOrNil('HDEL', schedules .. ':last', name)
callOrNil('HDEL', schedules .. ':running', name)
callOrNil('HDEL', schedules .. ':waiting', name)
local all = redis.call('HGETALL', paused)
for i = 1, #all, 2 do
  local at = tonumber(all[i + 1])
  if at and now - at > ${pauseKept} then redis.call('HDEL', paused, all[i]) end
end
return {queueOf(fieldsOf(text))}`);

/**
 * Removes a schedule. Keeps the pause of a declared schedule, and removes pauses that were kept for too long.
 * @returns its record, or undefined if there is no schedule of this kind with this name
 */
export async function removeSchedule(
  client: RedisClient,
  key: string,
  { name, runtime }: { readonly name: string; readonly runtime: boolean },
): Promise<FormerRecord | undefined> {
  const [former] = await removeScript.run(client, key, name, runtime ? 1 : 0);
  return formerOf(former);
}

const pauseScript = new LuaScript<null>(`
local schedules, name = KEYS[1], ARGV[1]
if redis.call('HEXISTS', schedules, name) == 1 or redis.call('HEXISTS', schedules .. ':runtime', name) == 1 then
  redis.call('HSET', schedules .. ':paused', name, '')
end`);

/** Notes that a schedule is paused, if it is still there. */
export async function notePause(client: RedisClient, key: string, name: string): Promise<void> {
  await pauseScript.run(client, key, name);
}

/* The value is the key of BullMQ's lock of the job that runs. The lock is gone when the job has ended, or its worker died. */
const claimScript = new LuaScript<0 | 1>(`${ensureHash}
local running, name, lock = KEYS[1] .. ':running', ARGV[1], ARGV[2]
ensureHash(running)
local holder = redis.call('HGET', running, name)
if holder and holder ~= lock and redis.call('EXISTS', holder) == 1 then return 0 end
redis.call('HSET', running, name, lock)
return 1`);

/**
 * Claims the only run of a schedule.
 * @param lock the key of BullMQ's lock of the job that is about to run
 * @returns false if another job of the schedule is running
 */
export async function claimRun(
  client: RedisClient,
  key: string,
  name: string,
  lock: string,
): Promise<boolean> {
  return (await claimScript.run(client, key, name, lock)) === 1;
}

/* The value is the start of the queue's keys, a line break, and the id of the job that waits. */
const waitScript = new LuaScript<0 | 1>(`${ensureHash}${callOrNil}
local waiting, name, base, id = KEYS[1] .. ':waiting', ARGV[1], ARGV[2], ARGV[3]
ensureHash(waiting)
local own = base .. '\\n' .. id
local holder = redis.call('HGET', waiting, name)
local queue, other = string.match(holder or '', '^(.-)\\n(.*)$')
if holder ~= own and queue and callOrNil('ZSCORE', queue .. 'delayed', other) then return 0 end
redis.call('HSET', waiting, name, own)
return 1`);

/**
 * Claims the only run of a schedule that waits until its class is resumed.
 * @param job its id, and the start of its queue's keys
 * @returns false if another run of the schedule waits
 */
export async function claimWait(
  client: RedisClient,
  key: string,
  name: string,
  { base, id }: { readonly base: string; readonly id: string },
): Promise<boolean> {
  return (await waitScript.run(client, key, name, base, id)) === 1;
}

const servedScript = new LuaScript<[now: string, served: string]>(`${clock}${callOrNil}
return {nowText, callOrNil('HGET', KEYS[1] .. ':worked', ARGV[1]) or ''}`);

/** Times in milliseconds since 1970. */
interface ServedTime {
  readonly now: number;
  /** The last time without a gap in which the queue had a worker, as far as is known. */
  readonly served: { readonly from: number; readonly till: number } | undefined;
}

export async function readServedTime(client: RedisClient, key: string, queue: string): Promise<ServedTime> {
  const [now, text] = await servedScript.run(client, key, queue);
  const [from = 0, till = 0] = text.split(' ').map(Number);
  return { now: Number(now), served: text === '' ? undefined : { from, till } };
}
