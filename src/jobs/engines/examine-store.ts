import { resolveOptions, type StoreAddress } from '../config/resolved-options.js';
import type { Diagnosis } from '../store/diagnosis.js';
import { FledgeError } from '../values/errors.js';

export interface ExamineOptions {
  /** The password of the store. It replaces the one in the URL. @default the environment's JOBS_PASSWORD */
  readonly password?: string;
  /** The environment that has JOBS_PASSWORD and JOBS_PREFIX. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Checks a store and its queues for problems that lose or delay jobs, as `fledge doctor` does. It needs no Nest application
 * and only reads. Without a connection it resolves within 5 s with a failed check, and does not throw.
 * @param url as in JOBS_URL
 * @throws FledgeError `FLEDGE_STORE_URL_INVALID` (also for `memory:`, which has no server), `FLEDGE_STORE_UNSUPPORTED`,
 * `FLEDGE_PEER_MISSING`
 */
export async function examineStore(
  url: string,
  { password, env = process.env }: ExamineOptions = {},
): Promise<Diagnosis> {
  const options = resolveOptions({ url, ...(password !== undefined && { password }) }, env);
  // An empty URL is not a missing one: the environment's must not take its place.
  return examineAddress({ ...options, url, origin: { from: 'the URL', isCommand: true } });
}

/** @throws FledgeError as `examineStore` */
export async function examineAddress(address: StoreAddress): Promise<Diagnosis> {
  if (address.url === 'memory:') {
    throw new FledgeError(
      'FLEDGE_STORE_URL_INVALID',
      'Jobs in memory have no server to examine. Pass the URL of a Redis server, such as redis://host:6379.',
    );
  }
  const { examineRedis } = await import('./bull/doctor/examine.js');
  return examineRedis(address);
}
