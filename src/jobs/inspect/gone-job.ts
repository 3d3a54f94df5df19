import type { CancelledJob } from '../store/cancellations.js';
import { FledgeError } from '../values/errors.js';
import { looksLikeUrl } from '../values/quoted.js';

/**
 * Returns the error for a job that is in none of the queues.
 * @param cancelled what the store remembers, if the job was cancelled
 */
export function goneJob(
  id: string,
  queues: readonly string[],
  cancelled: CancelledJob | undefined,
): FledgeError {
  const message = cancelled
    ? cancellationOf(cancelled)
    : `No job with ${shownId(id)} is in ${listed(queues)}. It was discarded, or cancelled more than a week ago, or it finished and is no longer kept, or it is in another queue or store.`;
  return new FledgeError('FLEDGE_JOB_GONE', message, { jobId: id });
}

function listed(queues: readonly string[]): string {
  if (queues.length === 0) return 'the store, because it has no queues';
  return `the ${queues.length === 1 ? 'queue' : 'queues'} ${queues.join(', ')}`;
}

function cancellationOf({ name = 'The job', id, cancelledAt, by, reason }: CancelledJob): string {
  const who = by === undefined ? '' : ` by ${by}`;
  const why = reason === undefined ? '' : ` (${reason})`;
  return `${name} ${id} was cancelled at ${cancelledAt.toISOString()}${who}${why}, and is deleted. Enqueue it again if it should run.`;
}

/** A URL in the place of an id may contain a password. */
function shownId(id: string): string {
  return looksLikeUrl(id) ? 'this id' : `the id ${JSON.stringify(id)}`;
}
