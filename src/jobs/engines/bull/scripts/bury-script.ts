import type { RedisClient } from '../connection/connection.js';
import { damage, reportArguments, reportKey, type BuriedRow, type DamageReport } from './damage-fragment.js';
import { LuaScript } from './lua-script.js';

/** How many finished jobs, which BullMQ trims next, are examined. Their keys may be of any type. */
const mostFinished = 1_000;

const script = new LuaScript<readonly [isInPlace: 0 | 1, ...BuriedRow[]]>(`${damage}
local token, done, failed, why = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
if not isQueueIntact() then return {0} end
-- BullMQ puts a fetched job at the head of the active jobs and locks it first.
local fetched
for _, id in ipairs(redis.call('LRANGE', base .. 'active', 0, -1)) do
  if lockOf(id) == token then
    fetched = id
    break
  end
end
local function isIn(place, id)
  if place == 'active' or place == 'wait' then return redis.call('LPOS', base .. place, id) end
  return redis.call('ZSCORE', base .. place, id)
end
local function placeOf(id)
  for _, place in ipairs({'active', 'completed', 'failed', 'delayed', 'prioritized', 'wait'}) do
    if isIn(place, id) then return place end
  end
end
local doneFault
if done ~= '' then
  local place = placeOf(done)
  if place == 'active' then
    local lock = lockOf(done)
    if failed ~= 'read' and (not lock or lock == token) then doneFault = faultOf(done) or why end
    if not doneFault then return {0} end
  elseif not place and redis.call('EXISTS', base .. done) == 1 then
    doneFault = faultOf(done) or why
  end
end
local fetchedFault
if fetched and fetched ~= done then fetchedFault = faultOf(fetched) or failed ~= 'script' and why or nil end
local strange = {}
if not doneFault and not fetchedFault then
  for _, place in ipairs({'completed', 'failed'}) do
    for _, id in ipairs(redis.call('ZRANGE', base .. place, 0, ${mostFinished - 1})) do
      local fault = keyFault(id)
      if fault then strange[#strange + 1] = {place, id, fault} end
    end
  end
end

ensureTurnCounter()
if doneFault then bury(done, doneFault) end
if fetchedFault then bury(fetched, fetchedFault) end
for _, found in ipairs(strange) do
  redis.call('ZREM', base .. found[1], found[2])
  bury(found[2], found[3])
end
return {1, unpack(buried)}`);

/** What failed when damage was found. */
interface Failure extends DamageReport {
  /** The token of the worker's slot, which is also the lock of the job that it fetched. */
  readonly token: string;
  /** The id of the job that the worker tried to acknowledge. */
  readonly done?: string | undefined;
  /**
   * - `script`: one of BullMQ's scripts.
   * - `read`: JavaScript, when it read a job that was just fetched, or prepared the acknowledgement.
   * - `last`: the same, and there is no other way to acknowledge the job.
   */
  readonly failed: 'script' | 'read' | 'last';
  /** The reason if no other is found. */
  readonly why: string;
}

/**
 * Finds the job at which one of BullMQ's scripts failed, or whose record could not be read, and puts it into the dead set.
 * @returns whether the job that was to be acknowledged is in its right place, and the jobs that were buried
 */
export async function buryDamagedJobs(
  client: RedisClient,
  { token, done = '', failed, why, ...report }: Failure,
): Promise<{ isInPlace: boolean; buried: BuriedRow[] }> {
  const args = [...reportArguments(report), token, done, failed, why];
  const [isInPlace, ...buried] = await script.run(client, reportKey(report.base), ...args);
  return { isInPlace: isInPlace === 1, buried };
}
