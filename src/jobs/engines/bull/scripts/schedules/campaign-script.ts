import {
  leadFor,
  noSchedules,
  voteCounts,
  voteForgotten,
  type VoteResult,
} from '../../../../store/timetable.js';
import type { RedisClient } from '../../connection/connection.js';
import { callOrNil, clock, ensureHash } from '../lua-fragments.js';
import { LuaScript } from '../lua-script.js';

/*
 * A vote is `first last`, two times. Among the sets whose votes count, the set that appeared last wins. An empty set wins
 * only if there is no other. One worker of the winning set leads. It takes over from a worker of another set at once.
 *
 * Each queue has `from till`, the last time without a gap in which a worker served it. Whether a tick was missed must not
 * depend on which process served the queue.
 */
const script = new LuaScript<VoteResult>(`${clock}${callOrNil}${ensureHash}
local set, worker, firstQueue = ARGV[1], ARGV[2], 6
local counts, forgotten, term = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local votes, leader, served = KEYS[1] .. ':votes', KEYS[1] .. ':leader', KEYS[1] .. ':worked'
ensureHash(votes)
ensureHash(served)
local first = string.match(redis.call('HGET', votes, set) or '', '^%d+') or nowText
if tonumber(first) > now then first = nowText end
redis.call('HSET', votes, set, first .. ' ' .. nowText)
redis.call('PEXPIRE', votes, forgotten)
for i = firstQueue, #ARGV do
  local from, till = string.match(redis.call('HGET', served, ARGV[i]) or '', '^(%d+) (%d+)$')
  if not from or now - tonumber(till) > counts then from = nowText end
  redis.call('HSET', served, ARGV[i], from .. ' ' .. nowText)
end
local winner, newest = '', -1
local sets = redis.call('HGETALL', votes)
for i = 1, #sets, 2 do
  local since, last = string.match(sets[i + 1], '^(%d+) (%d+)$')
  since, last = tonumber(since or 0), tonumber(last or 0)
  if sets[i] == '${noSchedules}' then since = 0 end
  -- A vote that is far ahead of the clock would win forever. After a failover the clock may be a little behind.
  if math.abs(now - last) > forgotten or since > now + forgotten then
    redis.call('HDEL', votes, sets[i])
  elseif now - last <= counts and (since > newest or (since == newest and sets[i] > winner)) then
    winner, newest = sets[i], since
  end
end
if winner ~= set then return 'lost' end
local current = callOrNil('GET', leader)
if current and current ~= set .. ' ' .. worker and string.match(current, '^%S+') == set then return 'won' end
redis.call('SET', leader, set .. ' ' .. worker, 'PX', term)
return 'leads'`);

interface Vote {
  /** The key of the schedules. */
  readonly key: string;
  /** The fingerprint of the worker's set of schedules. */
  readonly set: string;
  readonly worker: string;
  /** The queues that the worker serves. */
  readonly queues: readonly string[];
}

/** Votes for a worker's set of schedules, and notes that the worker serves its queues. */
export function vote(client: RedisClient, { key, set, worker, queues }: Vote): Promise<VoteResult> {
  return script.run(client, key, set, worker, voteCounts, voteForgotten, leadFor, ...queues);
}
