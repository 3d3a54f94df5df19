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
