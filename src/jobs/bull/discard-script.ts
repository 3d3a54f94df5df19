import { LuaScript } from './lua-script.js';

/**
 * Discards jobs, as BullMQ's removal of one does, but a hundred at a time: that one looks for each from the wrong end of a list,
 * and so takes minutes for a long one. What needs more is left to it: members of flows, and unique jobs that another is to follow.
 * A list's jobs are found by the last of them, marked, and taken out in one go.
 *
 * KEYS: any of the queue. ARGV: the queue's keys begin with this; how many places; the places, lists and sorted sets; then the
 * ids, as a walk through these places finds them.
 *
 * @returns the ids of those that are gone, and of those that are left to BullMQ
 */
export const discardScript = new LuaScript(`
local base, places, ids = ARGV[1], {}, {}
for i = 3, 2 + ARGV[2] do places[#places + 1] = ARGV[i] end
for i = 3 + ARGV[2], #ARGV do ids[#ids + 1] = ARGV[i] end

local ties = {'dependencies', 'processed', 'failed', 'unsuccessful'}
local function needsMore(id, parent, lock)
  if parent and parent ~= '' then return true end
  for _, tie in ipairs(ties) do
    if redis.call('EXISTS', base .. id .. ':' .. tie) == 1 then return true end
  end
  return lock and redis.call('GET', base .. 'de:' .. lock) == id and redis.call('EXISTS', base .. 'dn:' .. lock) == 1
end

local wanted, locks, left = {}, {}, {}
for _, id in ipairs(ids) do
  local scheduler, parent, lock = unpack(redis.call('HMGET', base .. id, 'rjk', 'parentKey', 'deid'))
  local tick = scheduler and redis.call('ZSCORE', base .. 'repeat', scheduler)
  if needsMore(id, parent, lock) then
    left[#left + 1] = id
  elseif not (tick and id == 'repeat:' .. scheduler .. ':' .. tick) and redis.call('EXISTS', base .. id .. ':lock') == 0 then
    wanted[id], locks[id] = true, lock
  end
end

local gone, most = {}, redis.call('HGET', base .. 'meta', 'opts.maxLenEvents') or 10000
local function forget(id, place)
  gone[#gone + 1], wanted[id] = id, nil
  if locks[id] and redis.call('GET', base .. 'de:' .. locks[id]) == id then redis.call('DEL', base .. 'de:' .. locks[id]) end
  if redis.call('DEL', base .. id, base .. id .. ':logs') > 0 then
    redis.call('XADD', base .. 'events', 'MAXLEN', '~', most, '*', 'event', 'removed', 'jobId', id, 'prev', place)
  end
end

local mark, nearby = 'fledge:discarded', 2000
local function takeFromList(list)
  local first
  for i = #ids, math.max(1, #ids - 7), -1 do
    first = wanted[ids[i]] and redis.call('LPOS', base .. list, ids[i], 'RANK', -1)
    if first then break end
  end
  if not first then return end
  local length, marked = redis.call('LLEN', base .. list), 0
  for i, id in ipairs(redis.call('LRANGE', base .. list, first, first + nearby)) do
    if wanted[id] then
      redis.call('LSET', base .. list, first + i - 1 - length, mark)
      marked = marked + 1
      forget(id, list)
    end
  end
  redis.call('LREM', base .. list, -marked, mark)
end

for _, place in ipairs(places) do
  if place == 'wait' then
    takeFromList(place)
  else
    for _, id in ipairs(ids) do
      if wanted[id] and redis.call('ZREM', base .. place, id) == 1 then forget(id, place) end
    end
  end
end
return {gone, left}`);

/**
 * Forgets finished jobs as BullMQ does when another one finishes. A lock of theirs went when they finished.
 *
 * KEYS: the set. ARGV: the queue's keys begin with this; the age in milliseconds from which on they go; how many at most.
 */
export const trimScript = new LuaScript(`
local time = redis.call('TIME')
local before = time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[2]
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', before), 'LIMIT', 0, ARGV[3])
for _, id in ipairs(ids) do
  local job = ARGV[1] .. id
  redis.call('DEL', job, job .. ':logs', job .. ':dependencies', job .. ':processed', job .. ':failed', job .. ':unsuccessful')
  redis.call('ZREM', KEYS[1], id)
end
return #ids`);
