import { jobFields } from './inventory-scripts.js';
import { shownId } from './job-key.js';
import type { Place, RawJob } from './raw-job.js';
import { LuaScript } from './lua-script.js';

/** What one call of the script is to do. */
export interface SweepStep {
  /** The queue's keys begin with this. */
  readonly base: string;
  /** As BullMQ calls it. */
  readonly place: Place;
  /** How the place is read: a list from its tail, where the next job is; a sorted set from either end. */
  readonly order: 'list' | 'asc' | 'desc';
  /** How many jobs are looked at, and how many are discarded, at most. */
  readonly examine: number;
  readonly most: number;
  /** How far an anchor in a list is expected to move between two steps: workers take jobs, and hand some back. */
  readonly near: number;
  /** How many jobs come before the next one. In a list it is only nearly right: workers take jobs meanwhile. */
  readonly passed: number;
  /**
   * Jobs just before the next one, the nearest first, in hexadecimal, since an id may be any bytes; in a sorted set with
   * their scores behind a colon. None: the beginning.
   */
  readonly anchors: readonly string[];
  /** The last jobs of a list when the sweep began, the very last first, in hexadecimal: those behind came later. */
  readonly newest?: readonly string[];
  /** In a list, what overwrites the jobs that go. No job's id. */
  readonly mark: string;
  readonly names?: readonly string[];
  /** Jobs that were enqueued later than this stay; milliseconds since 1970. */
  readonly before?: number;
  /** Those that have failed before, or those that have not. */
  readonly retried?: boolean;
  /** Reads the jobs that are meant, and discards none. */
  readonly look?: boolean;
  /** Discards these, whatever the other conditions say. Ids as they are shown. */
  readonly only?: readonly string[];
}

/** What the script returns, in this order. */
export type SweepAnswer = readonly [
  gone: number,
  passed: number,
  /** 1 when no anchor was found, so that it began again. */
  isLost: 0 | 1,
  /** 1 when there are no further jobs. */
  isEnd: 0 | 1,
  /** Ids that are left to BullMQ, as they are shown. */
  left: readonly string[],
  /** The last jobs that stay, as anchors, the last first; then the last that stay and are not left to BullMQ. */
  after: readonly string[],
  kept: readonly string[],
  /** To be passed on to the next step. */
  newest: readonly string[],
  /** With `look`, the jobs that are meant. */
  jobs: readonly RawJob[],
];

/**
 * One step of a sweep: looks at the next jobs of one place, and discards those that are meant, as BullMQ's removal of a
 * single job does. Two kinds need more than that and are left to BullMQ: members of flows, and unique jobs with a follower.
 *
 * - It is fast in a long list. Reading by index costs the server little, removing does not. So the jobs that go are
 *   overwritten with a mark, and one LREM from the nearer end removes all marks.
 * - It loses nothing. A step is atomic: no worker sees a mark, the other jobs keep their order, and a process that dies
 *   between two steps leaves nothing half done.
 * - It goes on behind an anchor, a job that it left in place, because workers take jobs and others come between two steps.
 *   When all anchors are gone, all jobs before them are gone too, and it begins again. A job that a worker took and handed
 *   back further behind is an anchor no more: the jobs in between would be skipped.
 * - It works on a server whose memory is full. Such a server refuses additions only until a script has written something,
 *   so the first write is a DEL. All that can fail is read before that.
 *
 * KEYS: the place. ARGV: a `SweepStep` as JSON.
 */
export const sweepScript = new LuaScript(`${shownId}
local step = cjson.decode(ARGV[1])
local base, key = step.base, KEYS[1]
local isList, isDescending = step.order == 'list', step.order == 'desc'

-- A record of the wrong type counts as one that is not there.
local function ask(...)
  local answer = redis.pcall(...)
  if type(answer) == 'table' and answer.err then return nil end
  return answer
end
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

-- Jobs that were added since the sweep began are not looked at.
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
  return tonumber(ask('HGET', base .. id, field) or 0) or 0
end
local function isMeant(id)
  if only then return only[shown(id)] end
  return (not names or names[ask('HGET', base .. id, 'name') or '(no name)'])
    and not (step.before and numberOf(id, 'timestamp') > step.before)
    and (step.retried == nil or step.retried == (numberOf(id, 'atm') > 0))
end
local function isNextTick(id, scheduler)
  local tick = scheduler and ask('ZSCORE', base .. 'repeat', scheduler)
  return tick and id == 'repeat:' .. scheduler .. ':' .. tick
end
-- 'gone', 'left' to BullMQ, or 'stays'; what else goes with it; and whether anything is there.
local function fateOf(id)
  local job = base .. id
  local name, scheduler, parent, lock = unpack(ask('HMGET', job, 'name', 'rjk', 'parentKey', 'deid') or {})
  if isNextTick(id, scheduler) then return 'stays' end
  local ties = {job .. ':dependencies', job .. ':processed', job .. ':failed', job .. ':unsuccessful'}
  if redis.call('EXISTS', job .. ':lock', unpack(ties)) > 0 then
    return redis.call('EXISTS', job .. ':lock') == 1 and 'stays' or 'left'
  end
  if parent and parent ~= '' then return 'left' end
  local holds = lock and ask('GET', base .. 'de:' .. lock) == id
  if holds and redis.call('EXISTS', base .. 'dn:' .. lock) == 1 then return 'left' end
  return 'gone', holds and base .. 'de:' .. lock, name
end

local gone, keys, left, stays, kept, jobs = {}, {}, {}, {}, {}, {}
local examined, items = 0, read(first, math.min(step.examine, math.max(0, limit - first)))
local function look(id)
  local score = isList and '' or redis.call('ZSCORE', key, id)
  jobs[#jobs + 1] = {shown(id), score, ask('HMGET', base .. id, ${jobFields.map((field) => `'${field}'`).join(', ')}) or {}}
end
for i, id in ipairs(items) do
  if #gone + #left == step.most then break end
  examined = i
  local fate, lock, name = 'stays', nil, nil
  if isMeant(id) then
    if step.look then look(id) else fate, lock, name = fateOf(id) end
  end
  if fate == 'gone' then
    gone[#gone + 1] = {id = id, place = first + i, isThere = name}
    keys[#keys + 1], keys[#keys + 2], keys[#keys + 3] = base .. id, base .. id .. ':logs', lock or nil
  else
    stays[#stays + 1] = id
    local list = fate == 'left' and left or kept
    list[#list + 1] = id
  end
end
local most = ask('HGET', base .. 'meta', 'opts.maxLenEvents') or 10000

local function each(list, act)
  for i = 1, #list, 1000 do act(unpack(list, i, math.min(#list, i + 999))) end
end
local function idsOf(list)
  local ids = {}
  for i, job in ipairs(list) do ids[i] = job.id end
  return ids
end
local function takeFromList()
  -- All that come next.
  if gone[#gone].place == #gone then return redis.call('LTRIM', key, 0, -1 - #gone) end
  for _, job in ipairs(gone) do redis.call('LSET', key, -job.place, step.mark) end
  local isTailNearer = gone[#gone].place < size - gone[1].place
  redis.call('LREM', key, isTailNearer and -#gone or #gone, step.mark)
end
if #gone > 0 then
  each(keys, function(...) redis.call('DEL', ...) end)
  if isList then takeFromList() else each(idsOf(gone), function(...) redis.call('ZREM', key, ...) end) end
  for _, job in ipairs(gone) do
    if job.isThere then
      ask('XADD', base .. 'events', 'MAXLEN', '~', most, '*', 'event', 'removed', 'jobId', job.id, 'prev', step.place)
    end
  end
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
