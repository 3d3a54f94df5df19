import type { RedisClient } from '../connection/connection.js';
import { jobKey, rawId } from './job-key.js';
import { callOrNil, jobFate, rememberCancelled } from './lua-fragments.js';
import { LuaScript } from './lua-script.js';

/** What is remembered of cancelled jobs, and where. Scripts receive it as JSON. */
export interface KeptNote {
  /** A hash with what is known of each job, by id. */
  readonly jobs: string;
  /** A sorted set of the ids, by when they were cancelled. */
  readonly order: string;
  /** An object as JSON with at least one field. Each job gets its own name in addition. */
  readonly text: string;
  /** How long the jobs are remembered, in milliseconds. */
  readonly lasts: number;
  /** How many jobs are remembered. */
  readonly most: number;
}

/**
 * - `gone`: the job is deleted and remembered as cancelled.
 * - `left`: nothing is done, because BullMQ must delete the job.
 * - `stays`: the job is not pending.
 * - `tick`: the job is the next tick of a schedule.
 */
export type CancelResult = 'gone' | 'left' | 'stays' | 'tick';

/*
 * It deletes a job as the sweep does. Its first write is a removal. A server whose memory is full refuses additions only until
 * a script has written something.
 */
const script = new LuaScript<CancelResult>(`${callOrNil}
local base, id, note = ARGV[1], ARGV[2], cjson.decode(ARGV[3])
${jobFate}${rememberCancelled}
local fate, lock, name = fateOf(id)
if fate ~= 'gone' then return fate end
local from
for _, place in ipairs({'delayed', 'prioritized'}) do
  if callOrNil('ZREM', base .. place, id) == 1 then from = place end
end
if not from and callOrNil('LREM', base .. 'wait', -1, id) == 1 then from = 'wait' end
if not from then return 'stays' end
redis.call('DEL', base .. id, base .. id .. ':logs')
if lock then redis.call('DEL', lock) end
local most = callOrNil('HGET', base .. 'meta', 'opts.maxLenEvents') or 10000
if name then callOrNil('XADD', base .. 'events', 'MAXLEN', '~', most, '*', 'event', 'removed', 'jobId', id, 'prev', from) end
rememberCancelled(note, {{id = id, name = name}})
return fate`);

/** Only remembers a job, which has been deleted before or is about to be. Its first write is a removal too. */
const remembering = new LuaScript<null>(`${rememberCancelled}
local id, name, note = ARGV[1], ARGV[2], cjson.decode(ARGV[3])
redis.pcall('HDEL', note.jobs, id)
rememberCancelled(note, {{id = id, name = name}})`);

/**
 * Cancels one job that waits, for its turn, for its time or for another attempt.
 * @param base the start of the queue's keys
 */
export async function cancelJob(
  client: RedisClient,
  base: string,
  id: string,
  note: KeptNote,
): Promise<CancelResult> {
  return script.run(client, jobKey(base, id), base, rawId(id), JSON.stringify(note));
}

/** @param name empty if it is not known */
export async function rememberJob(
  client: RedisClient,
  id: string,
  name: string,
  note: KeptNote,
): Promise<void> {
  await remembering.run(client, note.jobs, rawId(id), name, JSON.stringify(note));
}
