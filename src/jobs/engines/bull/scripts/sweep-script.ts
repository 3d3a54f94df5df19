import type { RedisClient } from '../connection/connection.js';
import { callOrNil, jobFate, rememberCancelled } from './lua-fragments.js';
import { LuaScript } from './lua-script.js';
import { readJob, type RawJob } from './raw-job.js';
import type { SweepResult, SweepStep } from './sweep-step.js';

type SweepAnswer = readonly [
  gone: number,
  passed: number,
  isLost: 0 | 1,
  isEnd: 0 | 1,
  left: readonly string[],
  after: readonly string[],
  kept: readonly string[],
  newest: readonly string[],
  jobs: readonly RawJob[],
];

/*
 * - It is fast in a long list. Reading by index costs the server little, but removing does not. So the script overwrites the
 *   jobs that go with a mark, and one LREM from the nearer end removes all marks.
 * - It loses nothing. A step is atomic. No worker sees a mark, and the other jobs keep their order. A process that dies
 *   between two steps leaves nothing half done.
 * - Workers take jobs and others add jobs between two steps. So each step begins behind an anchor, a job that the step
 *   before left in place. When all anchors are gone, all jobs before them are gone too, and the sweep begins again. A job
 *   that a worker took and put back further behind is no longer an anchor. The jobs in between would be skipped.
 * - It works on a server whose memory is full. Such a server refuses additions only until a script has written something, so
 *   the first write is a DEL. The script reads everything that can fail before that.
 */
const script = new LuaScript<SweepAnswer>(`${readJob}${callOrNil}
local step = cjson.decode(ARGV[1])
local base, key = step.base, KEYS[1]
local isList, isDescending = step.order == 'list', step.order == 'desc'

local function setOf(list)
  local set = {}
  for _, member in ipairs(list or {}) do set[member] = true end
  return list and set
end

local size = redis.call(isList and 'LLEN' or 'ZCARD', key)
local function read(first, count)
  if count < 1 then return {} end
  if not isList then return redis.call(isDescending and 'ZREVRANGE' or 'ZRANGE', key, first, first + count - 1) end
  local found, items = redis.call('LRANGE', key, -(first + count), -(first + 1)), {}
  for i = #found, 1, -1 do items[#items + 1] = found[i] end
  return items
end

local function bytesOf(list)
  local found = {}
  for i, hex in ipairs(list) do
    found[i] = hex:gsub('..', function(pair) return string.char(tonumber(pair, 16)) end)
  end
  return found
end

-- The sweep ignores jobs that were added after it began.
local newest, limit = isList and not step.newest and redis.call('LRANGE', key, 0, 7) or bytesOf(step.newest or {}), size
while #newest > 0 do
  local added = redis.call('LPOS', key, newest[1])
  if added then
    limit = size - added
    break
  end
  table.remove(newest, 1)
end

local hexes, scores, near = {}, {}, step.near
for i, anchor in ipairs(step.anchors) do hexes[i], scores[i] = anchor:match('^(%x*):?(.*)$') end
local anchors = bytesOf(hexes)
local function behindAnchor()
  if #anchors == 0 then return 0 end
  local places, from = {}, math.max(0, step.passed - near)
  if isList then
    for i, id in ipairs(read(from, math.min(2 * near, limit - from))) do places[id] = from + i end
  end
  for i, anchor in ipairs(anchors) do
    if isList then
      if places[anchor] then return places[anchor] end
    elseif redis.call('ZSCORE', key, anchor) == scores[i] then
      return redis.call(isDescending and 'ZREVRANK' or 'ZRANK', key, anchor) + 1
    end
  end
  for _, anchor in ipairs(isList and {anchors[1], anchors[#anchors]} or {}) do
    local index = redis.call('LPOS', key, anchor, 'RANK', -1, 'MAXLEN', step.passed + near)
    if index and size - index <= limit then return size - index end
  end
end
local first = behindAnchor()
local isLost = not first
first = first or 0

local names, only = setOf(step.names), setOf(step.only)
local function numberOf(id, field)
  return tonumber(callOrNil('HGET', base .. id, field) or 0) or 0
end
local function isWanted(id)
  if only then return only[shown(id)] end
  return (not names or names[callOrNil('HGET', base .. id, 'name') or '(no name)'])
    and not (step.before and numberOf(id, 'timestamp') > step.before)
    and (step.retried == nil or step.retried == (numberOf(id, 'atm') > 0))
end
${jobFate}${rememberCancelled}
local gone, keys, left, stays, kept, jobs = {}, {}, {}, {}, {}, {}
local examined, items = 0, read(first, math.min(step.examine, math.max(0, limit - first)))
for i, id in ipairs(items) do
  if #gone + #left == step.most then break end
  examined = i
  local fate, lock, name = 'stays', nil, nil
  if isWanted(id) then
    if step.look then jobs[#jobs + 1] = readJob(base, id, not isList and redis.call('ZSCORE', key, id)) else fate, lock, name = fateOf(id) end
  end
  if fate == 'gone' then
    gone[#gone + 1] = {id = id, place = first + i, name = name}
    keys[#keys + 1], keys[#keys + 2], keys[#keys + 3] = base .. id, base .. id .. ':logs', lock or nil
  else
    stays[#stays + 1] = id
    local list = fate == 'left' and left or kept
    list[#list + 1] = id
  end
end
local most = callOrNil('HGET', base .. 'meta', 'opts.maxLenEvents') or 10000

local function each(list, act)
  for i = 1, #list, 1000 do act(unpack(list, i, math.min(#list, i + 999))) end
end
local function idsOf(list)
  local ids = {}
  for i, job in ipairs(list) do ids[i] = job.id end
  return ids
end
local function takeFromList()
  -- The jobs that go are the next ones of the list.
  if gone[#gone].place == #gone then return redis.call('LTRIM', key, 0, -1 - #gone) end
  for _, job in ipairs(gone) do redis.call('LSET', key, -job.place, step.mark) end
  local isTailNearer = gone[#gone].place < size - gone[1].place
  redis.call('LREM', key, isTailNearer and -#gone or #gone, step.mark)
end
if #gone > 0 then
  each(keys, function(...) redis.call('DEL', ...) end)
  if isList then takeFromList() else each(idsOf(gone), function(...) redis.call('ZREM', key, ...) end) end
  for _, job in ipairs(gone) do
    if job.name then
      callOrNil('XADD', base .. 'events', 'MAXLEN', '~', most, '*', 'event', 'removed', 'jobId', job.id, 'prev', step.place)
    end
  end
  if step.cancelled then rememberCancelled(step.cancelled, gone) end
end

local function hexOf(list)
  local found = {}
  for i, id in ipairs(list) do
    found[i] = id:gsub('.', function(char) return string.format('%02x', char:byte()) end)
  end
  return found
end
local function lastOf(list)
  local found = {}
  for i = #list, math.max(1, #list - 7), -1 do found[#found + 1] = list[i] end
  local hexes = hexOf(found)
  for i, id in ipairs(isList and {} or found) do hexes[i] = hexes[i] .. ':' .. redis.call('ZSCORE', key, id) end
  return hexes
end
local leftToBull = {}
for i, id in ipairs(left) do leftToBull[i] = shown(id) end
local isEnd = first + examined >= limit
return {
  #gone, first + #stays, isLost and 1 or 0, isEnd and 1 or 0, leftToBull, lastOf(stays), lastOf(kept), hexOf(newest), jobs
}`);

/**
 * Takes one step of a sweep: looks at the next jobs of one place and discards those that match. It removes a job as BullMQ's
 * own script does. Members of flows, and unique jobs with a follower, need more than that. It leaves them to BullMQ.
 */
export async function sweepPlace(client: RedisClient, step: SweepStep): Promise<SweepResult> {
  const answer = await script.run(client, step.base + step.place, JSON.stringify(step));
  const [gone, passed, isLost, isEnd, left, after, kept, newest, jobs] = answer;
  return { gone, passed, isLost: isLost === 1, isEnd: isEnd === 1, left, after, kept, newest, jobs };
}
