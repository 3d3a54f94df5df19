import type { RedisClient } from '../connection/connection.js';
import { jobKey, rawId } from './job-key.js';
import { LuaScript } from './lua-script.js';

const script = new LuaScript<0 | 1>(`
local job, base, id = KEYS[1], ARGV[1], ARGV[2]
if redis.call('EXISTS', base .. id .. ':lock') == 1 then return 0 end
local removed = redis.call('LREM', base .. 'wait', -1, id)
for _, place in ipairs({'prioritized', 'delayed', 'failed', 'completed'}) do
  removed = removed + redis.call('ZREM', base .. place, id)
end
if removed > 0 then redis.call('DEL', job, base .. id .. ':logs') end
return math.min(1, removed)`);

/**
 * Removes one job that does not run. For jobs that BullMQ's own script cannot remove: their id is not text, or their key is
 * not a hash.
 * @param base the start of the queue's keys
 * @returns whether the job was there
 */
export async function removeJob(client: RedisClient, base: string, id: string): Promise<boolean> {
  return (await script.run(client, jobKey(base, id), base, rawId(id))) === 1;
}
