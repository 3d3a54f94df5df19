import { LuaScript } from './lua-script.js';

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
