import { shownId } from './job-key.js';
import { LuaScript } from './lua-script.js';

/*
 * What takes damaged jobs out of a queue. BullMQ's scripts fail midway when they meet one, and leave it, or others, in no
 * list at all; Redis takes nothing back. These two read all that they need before they write. They work with one queue's
 * keys, and with a job's key of any type.
 */

/** How far ahead of their time scheduled jobs are looked at, and how many at once. */
const soon = 5_000;
const mostSoon = 5_000;
/** Finished jobs that BullMQ trims next, whose keys may be of any type. */
const mostFinished = 1_000;

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
 * `faultOf(id)` says what is wrong with a job's record, if scripts fail at it. `bury(id, why)` puts a job into the dead
 * set, with a reason between ARGV's `head` and `tail`.
 */
const common = `${shownId}
local base, now, head, tail = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local buried = {}
local function typeOf(key)
  return redis.call('TYPE', key)['ok']
end
local function isQueueSound()
  for part, expected in pairs({${Object.entries(types)
    .map(([part, type]) => `${part} = '${type}'`)
    .join(', ')}}) do
    local found = typeOf(base .. part)
    if found ~= expected and found ~= 'none' then return false end
  end
  return true
end
-- As Redis reads one, and far enough from the largest that it can be counted up.
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
  -- Whoever waits for a job would not be woken: the script that failed has not come to that.
  if isMore and not isPaused then redis.call('ZADD', base .. 'marker', 0, '0') end
  buried[#buried + 1] = {shown(id), name or '', made or '0', why}
end
-- Where the priority's turns are counted; BullMQ forgets it whenever no job with a priority waits.
local function mendTurns()
  local found = typeOf(base .. 'pc')
  if found == 'none' or found == 'string' and isCounter(redis.call('GET', base .. 'pc')) then return end
  redis.call('DEL', base .. 'pc')
end`;

/**
 * After a script of BullMQ's has failed, or an answer of it could not be read: finds the job that it failed at, and buries it.
 *
 * KEYS: any of the queue. ARGV: the queue's keys begin with this; the time; head and tail of a reason; the token of the
 * worker's slot that asked; the id of the job that it had to acknowledge, or nothing; what failed; and why, where nothing
 * else is found. What failed is 'script', or JavaScript: then it 'read' a job that was just fetched, or could not even ask
 * for the acknowledgement, and this was the 'last' try.
 *
 * @returns whether the job that was to be acknowledged is where it belongs, and those that were buried
 */
export const buryScript = new LuaScript(`${common}
local token, done, failed, why = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
if not isQueueSound() then return {0} end
-- A fetched job comes to the head of the active ones, and its lock is the first that is done for it.
local fetched
for _, id in ipairs(redis.call('LRANGE', base .. 'active', 0, -1)) do
  if lockOf(id) == token then
    fetched = id
    break
  end
end
local function isIn(place, id)
  if place == 'active' or place == 'wait' then return redis.call('LPOS', base .. place, id) end
  return redis.call('ZSCORE', base .. place, id)
end
local function placeOf(id)
  for _, place in ipairs({'active', 'completed', 'failed', 'delayed', 'prioritized', 'wait'}) do
    if isIn(place, id) then return place end
  end
end
local doneFault
if done ~= '' then
  local place = placeOf(done)
  if place == 'active' then
    local lock = lockOf(done)
    if failed ~= 'read' and (not lock or lock == token) then doneFault = faultOf(done) or why end
    if not doneFault then return {0} end
  elseif not place and redis.call('EXISTS', base .. done) == 1 then
    doneFault = faultOf(done) or why
  end
end
local fetchedFault
if fetched and fetched ~= done then fetchedFault = faultOf(fetched) or failed ~= 'script' and why or nil end
local strange = {}
if not doneFault and not fetchedFault then
  for _, place in ipairs({'completed', 'failed'}) do
    for _, id in ipairs(redis.call('ZRANGE', base .. place, 0, ${mostFinished - 1})) do
      local fault = keyFault(id)
      if fault then strange[#strange + 1] = {place, id, fault} end
    end
  end
end

mendTurns()
if doneFault then bury(done, doneFault) end
if fetchedFault then bury(fetched, fetchedFault) end
for _, found in ipairs(strange) do
  redis.call('ZREM', base .. found[1], found[2])
  bury(found[2], found[3])
end
return {1, unpack(buried)}`);

/**
 * Looks, before BullMQ does, at jobs that its scripts would fail at and lose together with others: scheduled ones that
 * are due soon, and those whose worker has died. Does nothing in between two of BullMQ's own checks for stalled jobs.
 *
 * KEYS: any of the queue. ARGV: the queue's keys begin with this; the time; head and tail of a reason; '1': in any case.
 * @returns those that were buried
 */
export const lookScript = new LuaScript(`${common}
if ARGV[5] ~= '1' and redis.call('EXISTS', base .. 'stalled-check') == 1 then return {} end
if not isQueueSound() then return {} end
local faults = {}
local due = string.format('%.0f', (tonumber(now) + ${soon}) * 0x1000)
for _, id in ipairs(redis.call('ZRANGEBYSCORE', base .. 'delayed', '-inf', due, 'LIMIT', 0, ${mostSoon})) do
  local fault = keyFault(id)
  if not fault and not isPriority(redis.call('HGET', base .. id, 'priority')) then fault = 'its "priority" is not a whole number' end
  if fault then faults[#faults + 1] = {id, fault} end
end
for _, id in ipairs(redis.call('LRANGE', base .. 'active', 0, -1)) do
  if not lockOf(id) then
    local fault = keyFault(id)
    if not fault and not isCounter(redis.call('HGET', base .. id, 'stc')) then fault = 'its counter "stc" is not a whole number' end
    if fault then faults[#faults + 1] = {id, fault} end
  end
end
mendTurns()
for _, found in ipairs(faults) do bury(found[1], found[2]) end
return buried`);
