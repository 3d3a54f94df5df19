import { cancellationsLast, mostCancellations } from '../../../store/cancellations.js';
import type { RedisClient } from '../connection/connection.js';
import { clock } from './lua-fragments.js';
import { LuaScript } from './lua-script.js';

/*
 * The score is the server's time, but always higher than every score before it. After a failover the server's clock may be
 * behind. So the set keeps the order in which cancellations came, and old cancellations can be found by their score.
 *
 * A score that lies further ahead than cancellations last is from a wrong clock or from another program. It gets the
 * current time. Otherwise it would stay forever and push later scores out of range.
 *
 * The first write is a removal. A server whose memory is full refuses additions only until a script has written something.
 */
const script = new LuaScript<number>(`${clock}
local key, cancellation, lasts, most, mostAhead = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), 1000
local kind = redis.call('TYPE', key).ok
local isOther = kind ~= 'zset' and kind ~= 'none'
local limit = string.format('%.0f', now + lasts)
local highest = isOther and {} or redis.call('ZREVRANGEBYSCORE', key, limit, '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
local ahead = isOther and {} or redis.call('ZREVRANGEBYSCORE', key, '+inf', '(' .. limit, 'LIMIT', 0, mostAhead)

if isOther then redis.call('DEL', key) end
redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now - lasts))
redis.call('ZREMRANGEBYSCORE', key, '(' .. limit, '+inf')
local score = math.max(now, math.floor(tonumber(highest[2]) or 0) + 1)
for i = #ahead, 1, -1 do
  redis.call('ZADD', key, string.format('%.0f', score), ahead[i])
  score = score + 1
end
redis.call('ZADD', key, string.format('%.0f', score), cancellation)
redis.call('ZREMRANGEBYRANK', key, 0, -1 - most)
redis.call('PEXPIRE', key, lasts)`);

/**
 * Adds a cancellation to the sorted set.
 * @param cancellation as JSON
 */
export async function addCancellation(client: RedisClient, key: string, cancellation: string): Promise<void> {
  await script.run(client, key, cancellation, cancellationsLast, mostCancellations);
}
