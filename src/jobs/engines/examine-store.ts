import type { Diagnosis } from '../store/diagnosis.js';
import { FledgeError } from '../values/errors.js';

export interface ExamineOptions {
  /** The store's password, in place of the URL's own. @default the environment's JOBS_PASSWORD */
  readonly password?: string;
  /** Where JOBS_PASSWORD is read. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Looks at a store and its queues for what loses or delays jobs, as `fledge doctor` does. Needs no Nest application, only
 * reads, and answers within 5 s when there is no connection: that is a check that failed, not an exception.
 * @param url as in JOBS_URL
 * @throws FledgeError `FLEDGE_STORE_URL_INVALID` (also for `memory:`, which has no server), `FLEDGE_STORE_UNSUPPORTED`,
 * `FLEDGE_PEER_MISSING`
 */
export async function examineStore(
  url: string,
  { password, env = process.env }: ExamineOptions = {},
): Promise<Diagnosis> {
  if (url === 'memory:') {
    throw new FledgeError(
      'FLEDGE_STORE_URL_INVALID',
      'Jobs that are kept in memory have no server to examine. Give the URL of a Redis: redis://host:6379.',
    );
  }
  const { examineRedis } = await import('./bull/doctor/examine.js');
  return examineRedis(url, password || env.JOBS_PASSWORD || undefined);
}
