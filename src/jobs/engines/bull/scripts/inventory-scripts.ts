import { shownId } from './job-key.js';
import { LuaScript } from './lua-script.js';

/*
 * What the inventory asks of Redis, each in one step. All keys of Fledge are in one slot, the prefix's, so that a script
 * may reach into two queues. They keep to BullMQ's layout: `wait` and `active` are lists with the next job at their
 * tail; `prioritized`, `delayed`, `failed` and `completed` are sorted sets; a job is a hash beside them.
 */

/** What is read of a job's hash, in this order. */
export const jobFields = [
  'name',
  'data',
  'opts',
  'timestamp',
  'delay',
  'priority',
  'ats',
  'atm',
  'stc',
  'processedOn',
  'finishedOn',
  'failedReason',
  'stacktrace',
  'returnvalue',
  'progress',
  'parent',
  'rjk',
] as const;

/** A job whose key is not a hash is listed too, with what the server says about it in place of its fields. */
const read = `${shownId}
local function read(base, id, score)
  local fields = redis.pcall('HMGET', base .. id, ${jobFields.map((field) => `'${field}'`).join(', ')})
  if fields.err then return {shown(id), score or '', {}, fields.err} end
  return {shown(id), score or '', fields}
end`;

/**
 * KEYS: the set. ARGV: the queue's keys begin with this; 'asc' or 'desc'; how many; and where to go on: score and id of
 * the last one, which need not be there any more. Ids order those with equal scores, as in Redis.
 */
export const sortedScript = new LuaScript(`${read}
local base, descending, count = ARGV[1], ARGV[2] == 'desc', tonumber(ARGV[3])
local score, last = ARGV[4], ARGV[5]
local range = descending and 'ZREVRANGE' or 'ZRANGE'
-- Not Lua's own comparison, which goes by the server's locale.
local function isBehind(a, b)
  for i = 1, math.min(#a, #b) do
    if a:byte(i) ~= b:byte(i) then return a:byte(i) > b:byte(i) end
  end
  return #a > #b
end
-- How many come before where it goes on: of those with the score of the last one, half is looked at, and half of that.
local function passed()
  if not score then return 0 end
  local low = descending and redis.call('ZCOUNT', KEYS[1], '(' .. score, '+inf') or redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. score)
  local high = low + redis.call('ZCOUNT', KEYS[1], score, score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local id = redis.call(range, KEYS[1], middle, middle)[1]
    if id == last or isBehind(id, last) == descending then low = middle + 1 else high = middle end
  end
  return low
end
local first = passed()
local jobs, found = {}, redis.call(range, KEYS[1], first, first + count - 1, 'WITHSCORES')
for i = 1, #found, 2 do jobs[#jobs + 1] = read(base, found[i], found[i + 1]) end
return jobs`);

/**
 * KEYS: the list. ARGV: the queue's keys begin with this; how many; how far from the tail to look for the following;
 * ids after which to go on: the first that is still there. If none is, all that was before them is gone as well.
 */
export const listScript = new LuaScript(`${read}
local base, count = ARGV[1], tonumber(ARGV[2])
local last = redis.call('LLEN', KEYS[1]) - 1
for i = 4, #ARGV do
  local at = redis.call('LPOS', KEYS[1], ARGV[i], 'RANK', -1, 'MAXLEN', ARGV[3])
  if at then
    last = at - 1
    break
  end
end
local jobs = {}
if last < 0 then return jobs end
local found = redis.call('LRANGE', KEYS[1], math.max(0, last - count + 1), last)
for i = #found, 1, -1 do jobs[#jobs + 1] = read(base, found[i]) end
return jobs`);

/** KEYS: the job's hash. ARGV: the queue's keys begin with this; the id. */
export const findScript = new LuaScript(`${read}
local base, id = ARGV[1], ARGV[2]
for _, place in ipairs({'completed', 'failed', 'delayed', 'prioritized'}) do
  local score = redis.call('ZSCORE', base .. place, id)
  if score then return {place, read(base, id, score)} end
end
for _, place in ipairs({'active', 'wait'}) do
  if redis.call('LPOS', base .. place, id) then return {place, read(base, id)} end
end
return false`);

/**
 * Removes one job that does not run and that BullMQ cannot name, since its id is not text.
 *
 * KEYS: the job's hash. ARGV: the queue's keys begin with this; the id.
 */
export const removeScript = new LuaScript(`
local base, id = ARGV[1], ARGV[2]
if redis.call('EXISTS', base .. id .. ':lock') == 1 then return 0 end
local removed = redis.call('LREM', base .. 'wait', -1, id)
for _, place in ipairs({'prioritized', 'delayed', 'failed', 'completed'}) do
  removed = removed + redis.call('ZREM', base .. place, id)
end
if removed > 0 then redis.call('DEL', KEYS[1], base .. id .. ':logs') end
return math.min(1, removed)`);

/** Of the node that has the key. */
export const clockScript = new LuaScript(`
local time = redis.call('TIME')
return string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))`);

/**
 * Takes a job from where it is and puts it elsewhere: one step, so that it can neither start twice nor be lost.
 *
 * KEYS: the job's hash. ARGV: the keys of its queue begin with this; those of the queue that it goes to; its id; the
 * SHA-1 of the data that the edit was made from, or nothing; the new data, or nothing; where it goes: 'wait', 'delayed'
 * or 'same'; when it is due; '1' to forget its attempts; and the places from which it may be taken.
 */
export const editScript = new LuaScript(`
local from, to, id, sha, data = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local target, due, anew = ARGV[6], ARGV[7], ARGV[8] == '1'
local job = from .. id
if redis.call('TYPE', job)['ok'] ~= 'hash' then return 'late' end
local schedule = redis.call('HGET', job, 'rjk')
local tick = schedule and redis.pcall('ZSCORE', from .. 'repeat', schedule)
if type(tick) == 'string' and id == 'repeat:' .. schedule .. ':' .. tick then return 'tick' end
if sha ~= '' and redis.sha1hex(redis.call('HGET', job, 'data') or '') ~= sha then return 'changed' end
if from ~= to and redis.call('EXISTS', to .. id) == 1 then return 'taken' end
-- The lock of a unique job.
local unique = from ~= to and redis.call('HGET', job, 'deid')
if unique and redis.call('GET', from .. 'de:' .. unique) ~= id then unique = false end
if unique and redis.call('EXISTS', to .. 'de:' .. unique) == 1 then return 'taken' end

local place, score
for i = 9, #ARGV do
  local candidate, removed = ARGV[i], nil
  if candidate == 'wait' then
    removed = redis.call('LREM', from .. 'wait', -1, id)
  else
    score = redis.call('ZSCORE', from .. candidate, id)
    removed = redis.call('ZREM', from .. candidate, id)
  end
  if removed == 1 then
    place = candidate
    break
  end
end
if not place then return 'late' end

if from ~= to then
  local renamed = {id, id .. ':logs'}
  if unique then renamed = {id, id .. ':logs', 'de:' .. unique, 'dn:' .. unique} end
  for _, key in ipairs(renamed) do
    if redis.call('EXISTS', from .. key) == 1 then redis.call('RENAME', from .. key, to .. key) end
  end
  job = to .. id
end
if data ~= '' then redis.call('HSET', job, 'data', data) end
if anew then redis.call('HDEL', job, 'finishedOn', 'processedOn', 'failedReason', 'atm', 'deid') end

local function tell(event, field, value)
  local most = redis.call('HGET', to .. 'meta', 'opts.maxLenEvents') or 10000
  redis.call('XADD', to .. 'events', 'MAXLEN', '~', most, '*', 'event', event, 'jobId', id, field, value)
end
if target == 'same' then target = place end
if target == 'failed' then
  redis.call('ZADD', to .. 'failed', score, id)
elseif target == 'delayed' then
  if due ~= '' then
    score = string.format('%.0f', tonumber(due) * 0x1000)
    local enqueued = tonumber(redis.call('HGET', job, 'timestamp')) or due
    redis.call('HSET', job, 'delay', string.format('%.0f', math.max(0, due - enqueued)))
  end
  redis.call('ZADD', to .. 'delayed', score, id)
  tell('delayed', 'delay', string.format('%.0f', math.floor(tonumber(score) / 0x1000)))
  local first = redis.call('ZRANGE', to .. 'delayed', 0, 0, 'WITHSCORES')
  redis.call('ZADD', to .. 'marker', string.format('%.0f', math.floor(tonumber(first[2]) / 0x1000)), '1')
else
  local priority = tonumber(redis.call('HGET', job, 'priority')) or 0
  redis.call('HSET', job, 'delay', 0)
  if priority == 0 then
    redis.call('LPUSH', to .. 'wait', id)
  else
    local turn = redis.call('INCR', to .. 'pc') % 0x100000000
    redis.call('ZADD', to .. 'prioritized', string.format('%.0f', priority * 0x100000000 + turn), id)
  end
  tell('waiting', 'prev', place)
  if redis.call('HEXISTS', to .. 'meta', 'paused') == 0 then redis.call('ZADD', to .. 'marker', 0, '0') end
end
return 'done'`);
