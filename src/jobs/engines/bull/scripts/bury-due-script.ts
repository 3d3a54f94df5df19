import type { RedisClient } from '../connection/connection.js';
import { damage, reportArguments, reportKey, type BuriedRow, type DamageReport } from './damage-fragment.js';
import { LuaScript } from './lua-script.js';

/** How long before they are due scheduled jobs are examined, in milliseconds. */
const soon = 5_000;
/** How many scheduled jobs are examined at once. */
const mostSoon = 5_000;

const script = new LuaScript<BuriedRow[]>(`${damage}
local always = ARGV[5] == '1'
if not always and redis.call('EXISTS', base .. 'stalled-check') == 1 then return {} end
if not isQueueIntact() then return {} end
local faults = {}
local due = string.format('%.0f', (tonumber(now) + ${soon}) * 0x1000)
for _, id in ipairs(redis.call('ZRANGEBYSCORE', base .. 'delayed', '-inf', due, 'LIMIT', 0, ${mostSoon})) do
  local fault = keyFault(id)
  if not fault and not isPriority(redis.call('HGET', base .. id, 'priority')) then fault = 'its "priority" is not a whole number' end
  if fault then faults[#faults + 1] = {id, fault} end
end
for _, id in ipairs(redis.call('LRANGE', base .. 'active', 0, -1)) do
  if not lockOf(id) then
    local fault = keyFault(id)
    if not fault and not isCounter(redis.call('HGET', base .. id, 'stc')) then fault = 'its counter "stc" is not a whole number' end
    if fault then faults[#faults + 1] = {id, fault} end
  end
end
ensureTurnCounter()
for _, found in ipairs(faults) do bury(found[1], found[2]) end
return buried`);

interface DueCheck extends DamageReport {
  /** Runs even if BullMQ has just checked for stalled jobs. By default there is one check for each of BullMQ's. */
  readonly always: boolean;
}

/**
 * Puts jobs into the dead set at which BullMQ's scripts would fail next, before they lose other jobs: scheduled jobs that are
 * due soon, and jobs whose worker has died.
 * @returns the jobs that were buried
 */
export function buryDueDamagedJobs(
  client: RedisClient,
  { always, ...report }: DueCheck,
): Promise<BuriedRow[]> {
  return script.run(client, reportKey(report.base), ...reportArguments(report), always ? '1' : '');
}
