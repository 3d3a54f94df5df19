import { shownId } from './job-key.js';

/** Where BullMQ keeps a job. */
export type Place = 'wait' | 'prioritized' | 'delayed' | 'active' | 'failed' | 'completed';

/** The field of a job's hash that says until when, in milliseconds since 1970, which pause has put it off: `1795426015040 UserMailer`. */
export const putOffField = 'fledge:putOff';

/** The fields of a job's hash that the scripts read, in this order. */
export const jobFields = [
  'name',
  'data',
  'opts',
  'timestamp',
  'delay',
  'priority',
  'ats',
  'atm',
  'stc',
  'processedOn',
  'finishedOn',
  'failedReason',
  'stacktrace',
  'returnvalue',
  'progress',
  'parent',
  'rjk',
  putOffField,
] as const;

/**
 * A job as the scripts return it. `score` is empty for a job in a list. `fields` are the values of `jobFields`. If the job's
 * key is not a hash, `fields` is empty and `failure` is the server's error.
 */
export type RawJob = readonly [
  id: string,
  score: string,
  fields: readonly (string | null)[],
  failure?: string,
];

/** Lua: `readJob(base, id, score)` returns a `RawJob`. Includes `shown(id)`. */
export const readJob = `${shownId}
local function readJob(base, id, score)
  local fields = redis.pcall('HMGET', base .. id, ${jobFields.map((field) => `'${field}'`).join(', ')})
  if fields.err then return {shown(id), score or '', {}, fields.err} end
  return {shown(id), score or '', fields}
end`;
