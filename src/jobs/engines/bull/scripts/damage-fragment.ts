import { shownId } from './job-key.js';

/*
 * Damaged jobs have to leave their queue. BullMQ's scripts fail midway when they meet one, and leave it or other jobs in no
 * list at all, because Redis does not roll back. The scripts here read everything that they need before they write. They
 * use the keys of one queue, and accept a job's key of any type.
 */

/** The Redis types of the parts of a queue. */
const types = {
  wait: 'list',
  active: 'list',
  prioritized: 'zset',
  delayed: 'zset',
  completed: 'zset',
  failed: 'zset',
  marker: 'zset',
  stalled: 'set',
  events: 'stream',
  meta: 'hash',
};

/**
 * ARGV begins as `reportArguments` returns it. `faultOf(id)` returns why scripts fail at a job's record. `bury(id, why)` puts
 * a job into the dead set.
 */
export const damage = `${shownId}
local base, now, head, tail = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local buried = {}
local function typeOf(key)
  return redis.call('TYPE', key)['ok']
end
local function isQueueIntact()
  for part, expected in pairs({${Object.entries(types)
    .map(([part, type]) => `${part} = '${type}'`)
    .join(', ')}}) do
    local found = typeOf(base .. part)
    if found ~= expected and found ~= 'none' then return false end
  end
  return true
end
-- A number that Redis can count up: it is far enough from the largest.
local function isCounter(text)
  return not text or #text < 16 and (text == '0' or string.find(text, '^%-?[1-9]%d*$') ~= nil)
end
local function isPriority(text)
  return not text or #text < 16 and string.find(text, '^%d+$') ~= nil
end
local function isJson(text)
  return not text or pcall(cjson.decode, text)
end
local function keyFault(id)
  local found = typeOf(base .. id)
  if found ~= 'hash' and found ~= 'none' then return 'its key is a ' .. found .. ' and not a hash' end
end
local function faultOf(id)
  local fault = keyFault(id)
  if fault then return fault end
  local ats, atm, stc, priority, opts, progress, parent =
    unpack(redis.call('HMGET', base .. id, 'ats', 'atm', 'stc', 'priority', 'opts', 'progress', 'parent'))
  if not isCounter(ats) then return 'its counter "ats" is not a whole number' end
  if not isCounter(atm) then return 'its counter "atm" is not a whole number' end
  if not isCounter(stc) then return 'its counter "stc" is not a whole number' end
  if not isPriority(priority) then return 'its "priority" is not a whole number' end
  if not isJson(opts) then return 'its "opts" are not JSON' end
  if not isJson(parent) then return 'its "parent" is not JSON' end
  if not isJson(progress) then return 'its "progress" is not JSON' end
end
local function lockOf(id)
  local lock = redis.pcall('GET', base .. id .. ':lock')
  return type(lock) == 'string' and lock
end
local function bury(id, why)
  local job, reason = base .. id, head .. why .. tail
  local found = typeOf(job)
  local name, made, unique = '', '0', false
  if found == 'hash' then name, made, unique = unpack(redis.call('HMGET', job, 'name', 'atm', 'deid')) end
  local holder = unique and redis.pcall('GET', base .. 'de:' .. unique)
  local most = tonumber(redis.call('HGET', base .. 'meta', 'opts.maxLenEvents') or '') or 10000
  local isPaused = redis.call('HEXISTS', base .. 'meta', 'paused') == 1
  local isMore = redis.call('LLEN', base .. 'wait') + redis.call('ZCARD', base .. 'prioritized') > 0

  if found ~= 'hash' and found ~= 'none' then redis.call('DEL', job) end
  redis.call('LREM', base .. 'active', 0, id)
  redis.call('ZREM', base .. 'delayed', id)
  redis.call('DEL', job .. ':lock')
  redis.call('SREM', base .. 'stalled', id)
  if holder == id then redis.call('DEL', base .. 'de:' .. unique) end
  redis.call('HSET', job, 'failedReason', reason, 'finishedOn', now)
  redis.call('HDEL', job, 'defa')
  redis.call('ZADD', base .. 'failed', now, id)
  redis.call('XADD', base .. 'events', 'MAXLEN', '~', math.floor(most), '*', 'event', 'failed', 'jobId', id, 'failedReason', reason, 'prev', 'active')
  -- Wakes a waiting worker. The script that failed did not get that far.
  if isMore and not isPaused then redis.call('ZADD', base .. 'marker', 0, '0') end
  buried[#buried + 1] = {shown(id), name or '', made or '0', why}
end
-- The counter that orders jobs of one priority. BullMQ deletes it whenever no job with a priority waits.
local function ensureTurnCounter()
  local found = typeOf(base .. 'pc')
  if found == 'none' or found == 'string' and isCounter(redis.call('GET', base .. 'pc')) then return end
  redis.call('DEL', base .. 'pc')
end`;

/** A job that a script put into the dead set. */
export type BuriedRow = readonly [id: string, name: string, attemptsMade: string, why: string];

/** The arguments that both scripts take. */
export interface DamageReport {
  /** The start of the queue's keys. */
  readonly base: string;
  /** In milliseconds since 1970. */
  readonly now: number;
  /** The text before and after the reason in the error message of a buried job. */
  readonly frame: readonly [head: string, tail: string];
}

/** Both scripts use all keys of one queue. Any of them finds the node of a Redis Cluster. */
export function reportKey(base: string): string {
  return `${base}meta`;
}

export function reportArguments({
  base,
  now,
  frame: [head, tail],
}: DamageReport): [string, number, string, string] {
  return [base, now, head, tail];
}
