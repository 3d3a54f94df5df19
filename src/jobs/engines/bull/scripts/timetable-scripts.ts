import { pauseKept } from '../../../store/timetable.js';
import type { RedisClient } from '../connection/connection.js';
import { callOrNil, clock, ensureHash } from './lua-fragments.js';
import { LuaScript } from './lua-script.js';

/*
 * Schedules are fields of one hash, `key`. Next to it, `key:paused` has a field for each paused schedule. Its value is empty
 * for a schedule that is there, and the time of the removal for a schedule that was removed.
 */

/** A schedule as `readSchedules` returns it. Times are empty if there is none. */
export type ScheduleRow = [
  name: string,
  record: string,
  isCurrent: 0 | 1,
  paused: 0 | 1,
  next: string,
  last: string,
];

/*
 * A next tick counts only if its job is there and has not ended. BullMQ makes the tick after it when that job starts. If
 * something removed the job (an obliterated queue, FLUSHALL), no further tick comes.
 *
 * `isCurrent` is 0 if the job scheduler and the record have different fingerprints. Then planning was interrupted, or two
 * processes planned at once.
 */
const readScript = new LuaScript<[now: string, rows: ScheduleRow[]]>(`${clock}${callOrNil}
local schedules, prefix, only = KEYS[1], ARGV[1], ARGV[2]
local records = only and {only, redis.call('HGET', schedules, only)} or redis.call('HGETALL', schedules)
local found = {}
if not records[2] then return {nowText, found} end
for i = 1, #records, 2 do
  local name, text, next, isCurrent = records[i], records[i + 1], '', 1
  local isJson, record = pcall(cjson.decode, text)
  if isJson and type(record) == 'table' and type(record.queue) == 'string' and type(record.scheduler) == 'string' then
    local key = prefix .. ':' .. record.queue .. ':repeat'
    local at = callOrNil('ZSCORE', key, record.scheduler)
    key = key .. ':' .. record.scheduler
    if at and redis.call('EXISTS', key) == 1 and redis.call('EXISTS', key .. ':' .. at) == 1
      and callOrNil('HEXISTS', key .. ':' .. at, 'finishedOn') == 0 then next = at end
    local hasOptions, options = pcall(cjson.decode, callOrNil('HGET', key, 'opts') or '{}')
    local planned = hasOptions and type(options) == 'table' and options.fingerprint
    if next ~= '' and planned ~= record.fingerprint then isCurrent = 0 end
  end
  local last = callOrNil('HGET', schedules .. ':last', name) or ''
  found[#found + 1] = {name, text, isCurrent, callOrNil('HEXISTS', schedules .. ':paused', name) or 0, next, last}
end
return {nowText, found}`);

interface ScheduleQuery {
  /** The key of the schedules. */
  readonly key: string;
  readonly prefix: string;
  /** The name of the only schedule to read. @default all schedules */
  readonly only?: string | undefined;
}

/**
 * Reads schedules at one moment.
 * @returns `now` is the server's time in milliseconds since 1970
 */
export async function readSchedules(
  client: RedisClient,
  { key, prefix, only }: ScheduleQuery,
): Promise<{ now: number; rows: ScheduleRow[] }> {
  const names = only === undefined ? [] : [only];
  const [now, rows] = await readScript.run(client, key, prefix, ...names);
  return { now: Number(now), rows };
}

const startScript = new LuaScript<null>(`${ensureHash}
local schedules, last, name, tick = KEYS[1], KEYS[1] .. ':last', ARGV[1], ARGV[2]
ensureHash(last)
if redis.call('HEXISTS', schedules, name) == 1 then redis.call('HSET', last, name, tick) end`);

/** Notes the tick that started last, in milliseconds since 1970, if the schedule is still there. */
export async function noteStart(client: RedisClient, key: string, name: string, tick: number): Promise<void> {
  await startScript.run(client, key, name, tick);
}

const keepScript = new LuaScript<0 | 1>(`${clock}
local schedules, paused, name, record = KEYS[1], KEYS[1] .. ':paused', ARGV[1], ARGV[2]
redis.call('HSET', schedules, name, record)
local removed = redis.call('HGET', paused, name)
if not removed then return 0 end
if removed ~= '' and now - (tonumber(removed) or 0) > ${pauseKept} then
  redis.call('HDEL', paused, name)
  return 0
end
redis.call('HSET', paused, name, '')
return 1`);

/**
 * Stores a schedule's record. If a paused schedule was removed recently, it is paused again.
 * @returns whether it is paused
 */
export async function keepSchedule(
  client: RedisClient,
  key: string,
  { name, record }: { readonly name: string; readonly record: string },
): Promise<boolean> {
  return (await keepScript.run(client, key, name, record)) === 1;
}

const removeScript = new LuaScript<null>(`${clock}${callOrNil}
local schedules, paused, name = KEYS[1], KEYS[1] .. ':paused', ARGV[1]
if redis.call('HGET', paused, name) == '' then redis.call('HSET', paused, name, nowText) end
redis.call('HDEL', schedules, name)
callOrNil('HDEL', schedules .. ':last', name)
local all = redis.call('HGETALL', paused)
for i = 1, #all, 2 do
  if all[i + 1] ~= '' and now - (tonumber(all[i + 1]) or 0) > ${pauseKept} then redis.call('HDEL', paused, all[i]) end
end`);

/** Removes a schedule but not its pause. Also removes the pauses of schedules that were removed too long ago. */
export async function removeSchedule(client: RedisClient, key: string, name: string): Promise<void> {
  await removeScript.run(client, key, name);
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
