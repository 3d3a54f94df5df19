import type { RedisClient } from '../connection/connection.js';
import { clock } from './lua-fragments.js';
import { LuaScript } from './lua-script.js';

// A job's lock went when the job finished, so there is none to delete.
const script = new LuaScript<number>(`${clock}
local set, base, age, most = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local ids = redis.call('ZRANGEBYSCORE', set, '-inf', string.format('%.0f', now - age), 'LIMIT', 0, most)
for _, id in ipairs(ids) do
  local job = base .. id
  redis.call('DEL', job, job .. ':logs', job .. ':dependencies', job .. ':processed', job .. ':failed', job .. ':unsuccessful')
  redis.call('ZREM', set, id)
end
return #ids`);

interface FinishedJobs {
  /** The start of the queue's keys. */
  readonly base: string;
  readonly place: 'completed' | 'failed';
  /** The age from which jobs are deleted, in milliseconds. */
  readonly age: number;
  /** The maximum number of jobs that are deleted. */
  readonly most: number;
}

/**
 * Deletes old finished jobs, as BullMQ does when another job finishes.
 * @returns how many
 */
export function trimFinished(client: RedisClient, { base, place, age, most }: FinishedJobs): Promise<number> {
  return script.run(client, base + place, base, age, most);
}
