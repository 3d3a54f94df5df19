import type { RedisClient } from '../connection/connection.js';
import { jobKey, rawId } from './job-key.js';
import { LuaScript } from './lua-script.js';
import { readJob, type Place, type RawJob } from './raw-job.js';

/*
 * Scripts that read jobs. They rely on BullMQ's layout: `wait` and `active` are lists with the next job at their tail, and
 * `prioritized`, `delayed`, `failed` and `completed` are sorted sets. Each job is a hash in a key of its own.
 */

// Ids order jobs with equal scores, as in Redis.
const sortedSetScript = new LuaScript<RawJob[]>(`${readJob}
local set, base, descending, count = KEYS[1], ARGV[1], ARGV[2] == 'desc', tonumber(ARGV[3])
local score, last = ARGV[4], ARGV[5]
local range = descending and 'ZREVRANGE' or 'ZRANGE'
-- Lua's own comparison depends on the server's locale.
local function isBehind(a, b)
  for i = 1, math.min(#a, #b) do
    if a:byte(i) ~= b:byte(i) then return a:byte(i) > b:byte(i) end
  end
  return #a > #b
end
-- How many jobs come before the next one. A binary search among the jobs with the score of the last one.
local function passed()
  if not score then return 0 end
  local low = descending and redis.call('ZCOUNT', set, '(' .. score, '+inf') or redis.call('ZCOUNT', set, '-inf', '(' .. score)
  local high = low + redis.call('ZCOUNT', set, score, score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local id = redis.call(range, set, middle, middle)[1]
    if id == last or isBehind(id, last) == descending then low = middle + 1 else high = middle end
  end
  return low
end
local first = passed()
local jobs, found = {}, redis.call(range, set, first, first + count - 1, 'WITHSCORES')
for i = 1, #found, 2 do jobs[#jobs + 1] = readJob(base, found[i], found[i + 1]) end
return jobs`);

interface PartOfPlace<Where extends Place> {
  /** The start of the queue's keys. */
  readonly base: string;
  readonly place: Where;
  /** The maximum number of jobs. */
  readonly count: number;
}

interface PartOfSortedSet extends PartOfPlace<Exclude<Place, 'wait' | 'active'>> {
  readonly order: 'asc' | 'desc';
  /** The last job that was read. It may be gone. @default none: from the beginning */
  readonly after?: { readonly score: string; readonly id: string } | undefined;
}

/** Reads the next jobs of a sorted set. */
export function readSortedSet(
  client: RedisClient,
  { base, place, order, count, after }: PartOfSortedSet,
): Promise<RawJob[]> {
  const last = after ? [after.score, rawId(after.id)] : [];
  return sortedSetScript.run(client, base + place, base, order, count, ...last);
}

// If no anchor is left, every job before the anchors is gone as well, and the list is read from its tail.
const listScript = new LuaScript<RawJob[]>(`${readJob}
local list, base, count, most = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3]
local last = redis.call('LLEN', list) - 1
for i = 4, #ARGV do
  local at = redis.call('LPOS', list, ARGV[i], 'RANK', -1, 'MAXLEN', most)
  if at then
    last = at - 1
    break
  end
end
local jobs = {}
if last < 0 then return jobs end
local found = redis.call('LRANGE', list, math.max(0, last - count + 1), last)
for i = #found, 1, -1 do jobs[#jobs + 1] = readJob(base, found[i]) end
return jobs`);

interface PartOfList extends PartOfPlace<'wait' | 'active'> {
  /** How many jobs from the tail are searched for an anchor. */
  readonly searched?: number;
  /** Ids of the last jobs that were read. Reading goes on behind the first one that is still there. */
  readonly anchors?: readonly string[];
}

/** Reads the next jobs of a list. */
export function readList(
  client: RedisClient,
  { base, place, count, searched = 0, anchors = [] }: PartOfList,
): Promise<RawJob[]> {
  return listScript.run(client, base + place, base, count, searched, ...anchors.map(rawId));
}

const findScript = new LuaScript<[Place, RawJob] | null>(`${readJob}
local base, id = ARGV[1], ARGV[2]
for _, place in ipairs({'completed', 'failed', 'delayed', 'prioritized'}) do
  local score = redis.call('ZSCORE', base .. place, id)
  if score then return {place, readJob(base, id, score)} end
end
for _, place in ipairs({'active', 'wait'}) do
  if redis.call('LPOS', base .. place, id) then return {place, readJob(base, id)} end
end
return false`);

/**
 * Finds a job in any place of its queue.
 * @param base the start of the queue's keys
 * @returns null if it is in none
 */
export function findJob(client: RedisClient, base: string, id: string): Promise<[Place, RawJob] | null> {
  return findScript.run(client, jobKey(base, id), base, rawId(id));
}
