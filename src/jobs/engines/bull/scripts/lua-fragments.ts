/*
 * Lua that several scripts share. A script puts a fragment before its own text.
 */

/**
 * `now` is the time in milliseconds since 1970, and `nowText` is the same as text. Both are from the clock of the node that
 * has the key, because the clocks of the application's machines may differ.
 */
export const clock = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local nowText = string.format('%.0f', now)`;

/**
 * `callOrNil(command, …)` returns nil if the command fails. Another program may have written a key of another type. Such a
 * key counts as missing.
 */
export const callOrNil = `
local function callOrNil(...)
  local answer = redis.pcall(...)
  if type(answer) == 'table' and answer.err then return nil end
  return answer or nil
end`;

/**
 * `ensureHash(key)` deletes a key that is not a hash. It is for keys that are written again every few seconds: a key of
 * another type would block them forever.
 */
export const ensureHash = `
local function ensureHash(key)
  local found = redis.call('TYPE', key)['ok']
  if found ~= 'hash' and found ~= 'none' then redis.call('DEL', key) end
end`;

/**
 * `fateOf(id)` returns what a removal does with a job: `gone`, `left` (BullMQ must remove it), `stays` (it is running) or `tick`
 * (a schedule needs it). Then it returns the key of a lock that goes too, and the name if the job has a hash. Needs
 * `callOrNil` and `base`.
 */
export const jobFate = `
local function isNextTick(id, scheduler)
  local tick = scheduler and callOrNil('ZSCORE', base .. 'repeat', scheduler)
  return tick and id == 'repeat:' .. scheduler .. ':' .. tick
end
local function fateOf(id)
  local job = base .. id
  local name, scheduler, parent, lock = unpack(callOrNil('HMGET', job, 'name', 'rjk', 'parentKey', 'deid') or {})
  if isNextTick(id, scheduler) then return 'tick' end
  local ties = {job .. ':dependencies', job .. ':processed', job .. ':failed', job .. ':unsuccessful'}
  if redis.call('EXISTS', job .. ':lock', unpack(ties)) > 0 then
    return redis.call('EXISTS', job .. ':lock') == 1 and 'stays' or 'left'
  end
  if parent and parent ~= '' then return 'left' end
  local holds = lock and callOrNil('GET', base .. 'de:' .. lock) == id
  if holds and redis.call('EXISTS', base .. 'dn:' .. lock) == 1 then return 'left' end
  return 'gone', holds and base .. 'de:' .. lock, name
end`;

/**
 * `rememberCancelled(note, jobs)` remembers jobs as cancelled, and forgets old ones. A failure, such as full memory, does not
 * keep a job from being cancelled.
 */
export const rememberCancelled = `
local function rememberCancelled(note, jobs)
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local function forget(ids)
    if type(ids) ~= 'table' or #ids == 0 then return end
    redis.pcall('HDEL', note.jobs, unpack(ids))
    redis.pcall('ZREM', note.order, unpack(ids))
  end
  for key, kind in pairs({[note.jobs] = 'hash', [note.order] = 'zset'}) do
    local found = redis.call('TYPE', key).ok
    if found ~= kind and found ~= 'none' then redis.call('DEL', key) end
  end
  for _, job in ipairs(jobs) do
    local name = job.name and job.name ~= '' and ',"name":' .. cjson.encode(job.name) or ''
    redis.pcall('HSET', note.jobs, job.id, string.sub(note.text, 1, -2) .. name .. '}')
    redis.pcall('ZADD', note.order, string.format('%.0f', now), job.id)
  end
  forget(redis.pcall('ZRANGEBYSCORE', note.order, '-inf', string.format('%.0f', now - note.lasts), 'LIMIT', 0, 1000))
  local surplus = redis.call('ZCARD', note.order) - note.most
  if surplus > 0 then forget(redis.pcall('ZRANGE', note.order, 0, math.min(surplus, 1000) - 1)) end
  redis.pcall('PEXPIRE', note.jobs, string.format('%.0f', note.lasts))
  redis.pcall('PEXPIRE', note.order, string.format('%.0f', note.lasts))
end`;
