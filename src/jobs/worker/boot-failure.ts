import { FledgeError } from '../values/errors.js';

/**
 * Returns the log line for an error that ends the start of a worker. An error of Fledge says what to do, so it needs no stack. One
 * that explains an error of the application is followed by that error, because the explanation may be wrong.
 */
export function bootFailure(error: unknown, stackOf: (error: unknown) => string): string {
  if (!(error instanceof FledgeError)) return stackOf(error);
  const isExplanation = error.code === 'FLEDGE_WORKER_WITHOUT_HTTP';
  return isExplanation ? `${error.message}\nCaused by: ${stackOf(error.cause)}` : error.message;
}
