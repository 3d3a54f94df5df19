import { noSchedules, pauseKept } from '../../../store/timetable.js';
import { LuaScript } from './lua-script.js';

/** Milliseconds since 1970 by the clock of the node that has the keys: those of our own machines may differ. */
const clock = `
-- What somebody else has put where another type belongs counts as nothing.
local function ask(...)
  local answer = redis.pcall(...)
  return not (type(answer) == 'table' and answer.err) and answer or nil
end
-- Keys that are written again every few seconds. One of another type would end all schedules.
local function needHash(key)
  local found = redis.call('TYPE', key)['ok']
  if found ~= 'hash' and found ~= 'none' then redis.call('DEL', key) end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local today = string.format('%.0f', now)`;

/**
 * A vote is `first last`; the set that appeared last among those that count wins, an empty one only if there is no other.
 * One worker of it leads; it takes over from one of another set at once. Beside that each queue has `from till`, the
 * last time without a gap in which somebody worked it: whether a tick was missed must not depend on which process it was.
 */
export const campaignScript = new LuaScript(`${clock}
local set, worker = ARGV[1], ARGV[2]
local votes, leader, worked = KEYS[1] .. ':votes', KEYS[1] .. ':leader', KEYS[1] .. ':worked'
needHash(votes)
needHash(worked)
local first = string.match(redis.call('HGET', votes, set) or '', '^%d+') or today
if tonumber(first) > now then first = today end
redis.call('HSET', votes, set, first .. ' ' .. today)
redis.call('PEXPIRE', votes, ARGV[4])
for i = 6, #ARGV do
  local from, till = string.match(redis.call('HGET', worked, ARGV[i]) or '', '^(%d+) (%d+)$')
  if not from or now - tonumber(till) > tonumber(ARGV[3]) then from = today end
  redis.call('HSET', worked, ARGV[i], from .. ' ' .. today)
end
local winner, newest = '', -1
local sets = redis.call('HGETALL', votes)
for i = 1, #sets, 2 do
  local since, last = string.match(sets[i + 1], '^(%d+) (%d+)$')
  since, last = tonumber(since or 0), tonumber(last or 0)
  if sets[i] == '${noSchedules}' then since = 0 end
  -- A vote that is far ahead of the clock would win forever. After a failover the clock may be a little behind.
  if math.abs(now - last) > tonumber(ARGV[4]) or since > now + tonumber(ARGV[4]) then
    redis.call('HDEL', votes, sets[i])
  elseif now - last <= tonumber(ARGV[3]) and (since > newest or (since == newest and sets[i] > winner)) then
    winner, newest = sets[i], since
  end
end
if winner ~= set then return 'lost' end
local leads = ask('GET', leader)
if leads and leads ~= set .. ' ' .. worker and string.match(leads, '^%S+') == set then return 'won' end
redis.call('SET', leader, set .. ' ' .. worker, 'PX', ARGV[5])
return 'leads'`);

/**
 * All schedules, or one, at one moment. A next tick counts only if its job is there and has not ended: BullMQ makes the one after
 * it when it starts, and whatever removed it (an obliterated queue, FLUSHALL) ended the chain. One whose job scheduler has another
 * fingerprint than the record was changed only by half: whoever planned it was interrupted, or two did so at a time.
 */
export const listScript = new LuaScript(`${clock}
local records = ARGV[2] and {ARGV[2], redis.call('HGET', KEYS[1], ARGV[2])} or redis.call('HGETALL', KEYS[1])
local found = {}
if not records[2] then return {today, found} end
for i = 1, #records, 2 do
  local name, text, next, isCurrent = records[i], records[i + 1], '', 1
  local isJson, record = pcall(cjson.decode, text)
  if isJson and type(record) == 'table' and type(record.queue) == 'string' and type(record.scheduler) == 'string' then
    local key = ARGV[1] .. ':' .. record.queue .. ':repeat'
    local at = ask('ZSCORE', key, record.scheduler)
    key = key .. ':' .. record.scheduler
    if at and redis.call('EXISTS', key) == 1 and redis.call('EXISTS', key .. ':' .. at) == 1
      and ask('HEXISTS', key .. ':' .. at, 'finishedOn') == 0 then next = at end
    local hasOptions, options = pcall(cjson.decode, ask('HGET', key, 'opts') or '{}')
    local planned = hasOptions and type(options) == 'table' and options.fingerprint
    if next ~= '' and planned ~= record.fingerprint then isCurrent = 0 end
  end
  local last = ask('HGET', KEYS[1] .. ':last', name) or ''
  found[#found + 1] = {name, text, isCurrent, ask('HEXISTS', KEYS[1] .. ':paused', name) or 0, next, last}
end
return {today, found}`);

/** Of a schedule that is still there. */
export const startedScript = new LuaScript(`${clock}
needHash(KEYS[1] .. ':last')
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then redis.call('HSET', KEYS[1] .. ':last', ARGV[1], ARGV[2]) end`);

/**
 * Keeps a schedule's record. A pause of one that was removed is taken up again, if that is not too long ago: `:paused` has
 * an empty time for a schedule that is there, else that of its removal.
 * @returns whether it is paused
 */
export const keepScript = new LuaScript(`${clock}
local paused, name = KEYS[1] .. ':paused', ARGV[1]
redis.call('HSET', KEYS[1], name, ARGV[2])
local removed = redis.call('HGET', paused, name)
if not removed then return 0 end
if removed ~= '' and now - (tonumber(removed) or 0) > ${pauseKept} then
  redis.call('HDEL', paused, name)
  return 0
end
redis.call('HSET', paused, name, '')
return 1`);

/** Forgets a schedule but for its pause, and pauses of those that were removed too long ago. */
export const removeScript = new LuaScript(`${clock}
local paused = KEYS[1] .. ':paused'
if redis.call('HGET', paused, ARGV[1]) == '' then redis.call('HSET', paused, ARGV[1], today) end
redis.call('HDEL', KEYS[1], ARGV[1])
ask('HDEL', KEYS[1] .. ':last', ARGV[1])
local all = redis.call('HGETALL', paused)
for i = 1, #all, 2 do
  if all[i + 1] ~= '' and now - (tonumber(all[i + 1]) or 0) > ${pauseKept} then redis.call('HDEL', paused, all[i]) end
end`);

/** The time, and since when and till when a queue has been worked without a gap, as far as is known. */
export const workedScript = new LuaScript(`${clock}
return {today, ask('HGET', KEYS[1] .. ':worked', ARGV[1]) or ''}`);
