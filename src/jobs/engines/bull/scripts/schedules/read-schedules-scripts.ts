import type { RedisClient } from '../../connection/connection.js';
import { callOrNil, clock } from '../lua-fragments.js';
import { LuaScript } from '../lua-script.js';

/** A schedule as the scripts return it. Times are empty if there is none. */
export type ScheduleRow = [
  name: string,
  record: string,
  isCurrent: 0 | 1,
  paused: 0 | 1,
  next: string,
  last: string,
  isRuntime: 0 | 1,
];

/*
 * `rowOf(name, text, isRuntime)` returns the row of a record.
 *
 * A next tick counts only if its job is there and has not ended. BullMQ makes the tick after it when that job starts. If
 * something removed the job (an obliterated queue, FLUSHALL), no further tick comes.
 *
 * `isCurrent` is 0 if the job scheduler and the record have different fingerprints. Then planning was interrupted, or two
 * processes planned at once.
 */
const rowOf = `
local schedules, prefix = KEYS[1], ARGV[1]
local function rowOf(name, text, isRuntime)
  local next, isCurrent = '', 1
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
  local paused = callOrNil('HEXISTS', schedules .. ':paused', name) or 0
  return {name, text, isCurrent, paused, next, last, isRuntime}
end`;

/** The names of a page, and their rows. A name without a record was removed only in part, and is left out. */
const runtimeRows = `
local runtime = schedules .. ':runtime'
local names = redis.call('ZRANGEBYLEX', runtime .. ':names', ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])
local rows = {}
for i = 1, #names do
  local text = redis.call('HGET', runtime, names[i])
  if text then rows[#rows + 1] = rowOf(names[i], text, 1) end
end
local after = #names == tonumber(ARGV[4]) and names[#names] or ''`;

interface ScheduleKeys {
  /** The key of the schedules. */
  readonly key: string;
  readonly prefix: string;
}

/** Which names to read, as ZRANGEBYLEX takes them. */
export interface NameRange {
  readonly least: string;
  readonly most: string;
  readonly limit: number;
}

const readAllScript = new LuaScript<ScheduleRow[]>(`${callOrNil}${rowOf}
local records, rows = redis.call('HGETALL', schedules), {}
for i = 1, #records, 2 do rows[#rows + 1] = rowOf(records[i], records[i + 1], 0) end
return rows`);

/** Reads the schedules that the code declares, at one moment. */
export function readDeclared(client: RedisClient, { key, prefix }: ScheduleKeys): Promise<ScheduleRow[]> {
  return readAllScript.run(client, key, prefix);
}

const readOneScript = new LuaScript<[now: string, row?: ScheduleRow]>(`${clock}${callOrNil}${rowOf}
local name = ARGV[2]
local declared = redis.call('HGET', schedules, name)
if declared then return {nowText, rowOf(name, declared, 0)} end
local made = callOrNil('HGET', schedules .. ':runtime', name)
if made then return {nowText, rowOf(name, made, 1)} end
return {nowText}`);

/**
 * Reads one schedule, declared or made at run time.
 * @returns `now` is the server's time in milliseconds since 1970
 */
export async function readOne(
  client: RedisClient,
  { key, prefix }: ScheduleKeys,
  name: string,
): Promise<{ now: number; row: ScheduleRow | undefined }> {
  const [now, row] = await readOneScript.run(client, key, prefix, name);
  return { now: Number(now), row };
}

type Slice = [rows: ScheduleRow[], after: string];

const readPageScript = new LuaScript<Slice>(`${callOrNil}${rowOf}${runtimeRows}
return {rows, after}`);

/** Reads schedules that were made at run time. `after` is the last name, or empty if there are no more. */
export function readRuntime(
  client: RedisClient,
  { key, prefix }: ScheduleKeys,
  { least, most, limit }: NameRange,
): Promise<Slice> {
  return readPageScript.run(client, key, prefix, least, most, limit);
}

/* Only the few that have to be corrected are sent back. A record that is not current, or ticks while paused, was interrupted. */
const readStraysScript = new LuaScript<Slice>(`${callOrNil}${rowOf}${runtimeRows}
local strays = {}
for i = 1, #rows do
  local isCurrent, isPaused, ticks = rows[i][3] == 1, rows[i][4] == 1, rows[i][5] ~= ''
  if isPaused == ticks or not isCurrent then strays[#strays + 1] = rows[i] end
end
return {strays, after}`);

/** Reads, of a slice of the schedules that were made at run time, those that have to be planned or paused again. */
export function readStrays(
  client: RedisClient,
  { key, prefix }: ScheduleKeys,
  { least, most, limit }: NameRange,
): Promise<Slice> {
  return readStraysScript.run(client, key, prefix, least, most, limit);
}

export function countNames(client: RedisClient, key: string, least: string, most: string): Promise<number> {
  return client.zlexcount(`${key}:runtime:names`, least, most);
}
