import type { RedisClient } from '../connection/connection.js';
import { rawId } from './job-key.js';
import { callOrNil, ensureHash } from './lua-fragments.js';
import { LuaScript } from './lua-script.js';
import { putOffField } from './raw-job.js';

/*
 * A paused job that becomes due is put off: it goes to BullMQ's set `delayed`. For each pause, a sorted set remembers the jobs that
 * it has put off. A member is the queue's name, a colon and the job's id. Its score is the time until which the job is put off,
 * multiplied by 4096 as in BullMQ's set, so that the jobs keep their order. Only a job that is still delayed until that time is released: an operator may have moved it to another time.
 *
 * The first write of each script is a removal. A server whose memory is full refuses additions only until a script has written
 * something.
 */

const addScript = new LuaScript<0 | 1>(`${ensureHash}
local pauses, name, pause = KEYS[1], ARGV[1], ARGV[2]
ensureHash(pauses)
redis.call('HDEL', pauses, '')
return redis.call('HSETNX', pauses, name, pause)`);

/**
 * Adds a pause.
 * @param pause as JSON
 * @returns false if there is a pause with this name
 */
export async function addPause(
  client: RedisClient,
  key: string,
  name: string,
  pause: string,
): Promise<boolean> {
  return (await addScript.run(client, key, name, pause)) === 1;
}

/** Lua: `remember(putOff, score, member, job, till, by)` notes that a pause has put off a job. */
const remember = `
local function ensureSortedSet(key)
  local found = redis.call('TYPE', key)['ok']
  if found ~= 'zset' and found ~= 'none' then redis.call('DEL', key) end
end
local function remember(putOff, score, member, job, till, by)
  redis.call('ZREM', putOff, member)
  redis.call('ZADD', putOff, score, member)
  if redis.call('EXISTS', job) == 1 then redis.call('HSET', job, '${putOffField}', till .. ' ' .. by) end
end`;

const rememberScript = new LuaScript<0 | 1>(`${remember}
local putOff, pauses, queue, base, till, by, id = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if redis.call('HEXISTS', pauses, by) == 0 then return 0 end
ensureSortedSet(putOff)
remember(putOff, string.format('%.0f', tonumber(till) * 0x1000), queue .. ':' .. id, base .. id, till, by)
return 1`);

/** Which pause puts off jobs of which queue. */
interface PutOff {
  /** The name of the pause. */
  readonly by: string;
  /** The key of the hash of all pauses. */
  readonly pauses: string;
  /** The key of the pause's sorted set. */
  readonly key: string;
  readonly queue: string;
  /** The start of the queue's keys. */
  readonly base: string;
  /** In milliseconds since 1970. */
  readonly till: number;
}

/**
 * Notes that a pause puts off a running job. The caller moves the job.
 * @returns false if the pause has ended
 */
export async function rememberPutOff(
  client: RedisClient,
  { by, pauses, key, queue, base, till }: PutOff,
  id: string,
): Promise<boolean> {
  return (await rememberScript.run(client, key, pauses, queue, base, till, by, rawId(id))) === 1;
}

// Leaves ticks to the worker, because the next tick is planned when a worker takes this one.
const putOffNextScript = new LuaScript<number>(`${callOrNil}${remember}
local putOff, pauses, queue, base, till, by = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local name, most = ARGV[6], tonumber(ARGV[7])
if redis.call('HEXISTS', pauses, by) == 0 then return 0 end
ensureSortedSet(putOff)
local delayed = base .. 'delayed'
local function isPaused(id)
  local fields = callOrNil('HMGET', base .. id, 'name', 'rjk')
  return fields and fields[1] == name and not fields[2]
end
local moved = {}
local waiting = callOrNil('LRANGE', base .. 'wait', -most, -1) or {}
for i = #waiting, 1, -1 do
  if isPaused(waiting[i]) then moved[#moved + 1] = {id = waiting[i], from = 'wait'} end
end
for _, id in ipairs(callOrNil('ZRANGE', base .. 'prioritized', 0, most - 1) or {}) do
  if isPaused(id) then moved[#moved + 1] = {id = id, from = 'prioritized'} end
end
if #moved == 0 then return 0 end

local first, last = tonumber(till) * 0x1000, (tonumber(till) + 1) * 0x1000 - 1
local text = function(number) return string.format('%.0f', number) end
local highest = redis.call('ZREVRANGEBYSCORE', delayed, text(last), text(first), 'WITHSCORES', 'LIMIT', 0, 1)
local score = highest[2] and tonumber(highest[2]) or first - 1
for _, job in ipairs(moved) do
  if job.from == 'wait' then
    redis.call('LREM', base .. 'wait', -1, job.id)
  else
    redis.call('ZREM', base .. 'prioritized', job.id)
  end
  score = math.min(score + 1, last)
  redis.call('ZADD', delayed, text(score), job.id)
  remember(putOff, text(score), queue .. ':' .. job.id, base .. job.id, till, by)
  local events = callOrNil('HGET', base .. 'meta', 'opts.maxLenEvents') or 10000
  callOrNil('XADD', base .. 'events', 'MAXLEN', '~', events, '*', 'event', 'delayed', 'jobId', job.id, 'delay', till)
end
local next = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
redis.call('ZADD', base .. 'marker', text(math.floor(tonumber(next[2]) / 0x1000)), '1')
return #moved`);

/** How many of the next jobs of a queue one step looks at. */
const examinedAtOnce = 200;

/**
 * Puts off the paused jobs among the next jobs of a queue, so that they do not stand in the way of others.
 * @param name the stored name of the jobs
 * @returns how many were put off
 */
export function putOffNext(
  client: RedisClient,
  { by, pauses, key, queue, base, till }: PutOff,
  name: string,
): Promise<number> {
  return putOffNextScript.run(client, key, pauses, queue, base, till, by, name, examinedAtOnce);
}

const releaseScript = new LuaScript<[released: number, kept: number, examined: number]>(`${callOrNil}
local putOff, prefix, from, most = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local kind = redis.call('TYPE', putOff)['ok']
if kind ~= 'zset' then
  redis.call('DEL', putOff)
  return {0, 0, 0}
end
local entries = redis.call('ZRANGE', putOff, from, from + most - 1, 'WITHSCORES')
local function typeOf(key) return redis.call('TYPE', key)['ok'] end
local function isSound(base)
  local wait, prioritized = typeOf(base .. 'wait'), typeOf(base .. 'prioritized')
  return (wait == 'list' or wait == 'none') and (prioritized == 'zset' or prioritized == 'none')
end
local released, kept, bases = 0, 0, {}
local function release(base, id)
  local job = base .. id
  redis.call('ZREM', base .. 'delayed', id)
  callOrNil('HDEL', job, '${putOffField}')
  callOrNil('HSET', job, 'delay', 0)
  local priority = tonumber(callOrNil('HGET', job, 'priority') or 0) or 0
  if priority == 0 then
    redis.call('LPUSH', base .. 'wait', id)
  else
    local turn = (tonumber(callOrNil('INCR', base .. 'pc')) or 0) % 0x100000000
    redis.call('ZADD', base .. 'prioritized', string.format('%.0f', priority * 0x100000000 + turn), id)
  end
  local events = callOrNil('HGET', base .. 'meta', 'opts.maxLenEvents') or 10000
  callOrNil('XADD', base .. 'events', 'MAXLEN', '~', events, '*', 'event', 'waiting', 'jobId', id, 'prev', 'delayed')
  released = released + 1
  bases[base] = true
end
for i = 1, #entries, 2 do
  local queue, id = entries[i]:match('^([^:]*):(.*)$')
  local base = prefix .. ':' .. (queue or '') .. ':'
  local score = id and tonumber(callOrNil('ZSCORE', base .. 'delayed', id) or nil)
  if not score and id and redis.call('EXISTS', base .. id .. ':lock') == 1 then
    -- A worker is about to put it off.
    kept = kept + 1
  else
    redis.call('ZREM', putOff, entries[i])
    local isPutOff = score and math.floor(score / 0x1000) == math.floor(tonumber(entries[i + 1]) / 0x1000)
    if isPutOff and isSound(base) then release(base, id) end
  end
end
for base in pairs(bases) do
  if not callOrNil('HGET', base .. 'meta', 'paused') then callOrNil('ZADD', base .. 'marker', 0, '0') end
end
return {released, kept, #entries / 2}`);

/** How many jobs one step releases. The server serves no other client during a step. */
const releasedAtOnce = 500;

/**
 * Makes the jobs due that a pause has put off, in steps. A job goes to the end of its queue.
 * @param key the sorted set of the pause
 * @param ask runs each step
 * @returns `kept` is how many jobs are in the hands of a worker that is about to put them off
 */
export async function releasePutOff(
  client: RedisClient,
  key: string,
  prefix: string,
  ask: <Answer>(step: () => Promise<Answer>) => Promise<Answer>,
): Promise<{ readonly released: number; readonly kept: number }> {
  let [released, kept] = [0, 0];
  for (;;) {
    const from = kept;
    const step = await ask(() => releaseScript.run(client, key, prefix, from, releasedAtOnce));
    const [ofStep, keptByStep, examined] = step;
    released += ofStep;
    kept += keptByStep;
    if (examined < releasedAtOnce) return { released, kept };
  }
}
