import type { EditResult } from '../../../store/inventory.js';
import type { RedisClient } from '../connection/connection.js';
import { jobKey, rawId } from './job-key.js';
import { LuaScript } from './lua-script.js';
import { putOffField, type Place } from './raw-job.js';

type EditAnswer = EditResult | 'changed';

// It uses the keys of two queues. All keys of Fledge are in one slot of a Redis Cluster, the slot of the prefix.
const script = new LuaScript<EditAnswer>(`
local from, to, id, sha, data = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local target, due, resets, firstPlace = ARGV[6], ARGV[7], ARGV[8] == '1', 9
local job = from .. id
if redis.call('TYPE', job)['ok'] ~= 'hash' then return 'late' end
local schedule = redis.call('HGET', job, 'rjk')
local tick = schedule and redis.pcall('ZSCORE', from .. 'repeat', schedule)
if type(tick) == 'string' and id == 'repeat:' .. schedule .. ':' .. tick then return 'tick' end
if sha ~= '' and redis.sha1hex(redis.call('HGET', job, 'data') or '') ~= sha then return 'changed' end
if from ~= to and redis.call('EXISTS', to .. id) == 1 then return 'taken' end
-- The lock of a unique job goes with the job, unless another job holds it.
local unique = from ~= to and redis.call('HGET', job, 'deid')
if unique and redis.call('GET', from .. 'de:' .. unique) ~= id then unique = false end
if unique and redis.call('EXISTS', to .. 'de:' .. unique) == 1 then return 'taken' end

local place, score
for i = firstPlace, #ARGV do
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
  -- The pause that has put off the job releases it in its new queue.
  local by = string.match(redis.call('HGET', job, '${putOffField}') or '', '^%d+ (.*)$')
  local prefix, queue = string.match(from, '^(.*):([^:]*):$')
  local putOff = by and prefix .. ':$paused:' .. by
  if putOff and redis.pcall('ZREM', putOff, queue .. ':' .. id) == 1 then
    redis.call('ZADD', putOff, score or 0, string.match(to, ':([^:]*):$') .. ':' .. id)
  end
end
if data ~= '' then redis.call('HSET', job, 'data', data) end
if resets then redis.call('HDEL', job, 'finishedOn', 'processedOn', 'failedReason', 'atm', 'deid') end

local function addEvent(event, field, value)
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
  addEvent('delayed', 'delay', string.format('%.0f', math.floor(tonumber(score) / 0x1000)))
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
  addEvent('waiting', 'prev', place)
  if redis.call('HEXISTS', to .. 'meta', 'paused') == 0 then redis.call('ZADD', to .. 'marker', 0, '0') end
end
return 'done'`);

/** How one job changes. */
export interface JobEdit {
  readonly id: string;
  /** The start of its queue's keys. */
  readonly base: string;
  /** The start of the keys of the queue that it moves to. @default its own queue */
  readonly toBase?: string;
  /** The places from which it may be taken. */
  readonly from: readonly Place[];
  /** Where it goes. `same` is the place that it is in. */
  readonly to: 'wait' | 'delayed' | 'same';
  /** When it is due, in milliseconds since 1970. @default as before */
  readonly dueAt?: number | undefined;
  /** Deletes what the store counted and noted about its attempts. @default false */
  readonly resetsAttempts?: boolean | undefined;
  /** New data, if the current data still has the SHA-1 that the edit was made from. @default as before */
  readonly data?: { readonly text: string; readonly formerSha: string } | undefined;
}

/**
 * Takes a job from its place and puts it into another. This is one step, so the job neither starts twice nor is lost.
 * @returns `changed` if its data is no longer the data that the edit was made from
 */
export function editJob(client: RedisClient, edit: JobEdit): Promise<EditAnswer> {
  const { id, base, toBase = base, from, to, dueAt, resetsAttempts = false, data } = edit;
  return script.run(
    client,
    jobKey(base, id),
    base,
    toBase,
    rawId(id),
    data?.formerSha ?? '',
    data?.text ?? '',
    to,
    dueAt ?? '',
    resetsAttempts ? '1' : '',
    ...from,
  );
}
