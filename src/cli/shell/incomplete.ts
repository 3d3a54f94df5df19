import { FledgeError } from '../../jobs/values/errors.js';

/**
 * Called after the command has printed what it found. The exit code then shows programs that the result is incomplete.
 * @throws FledgeError `FLEDGE_QUEUES_INCOMPLETE`
 */
export function requireComplete(complete: boolean): void {
  if (complete) return;
  throw new FledgeError(
    'FLEDGE_QUEUES_INCOMPLETE',
    'Not all queues were found, because the server has too many keys for a search of two seconds. Queues that no worker has served may be missing. Name a queue with --queue.',
  );
}
