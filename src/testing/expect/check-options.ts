import { invalidOption } from '../../jobs/values/errors.js';
import { refuseUnknownOptions } from '../../jobs/values/did-you-mean.js';
import type { Times } from './expectations.js';
import type { Recorded } from '../records/recorded.js';
import { show } from './show.js';

/**
 * A misspelled option would otherwise be ignored.
 *
 * @param owner the function that takes the options, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function checkNames(options: object, known: readonly string[], owner: string): void {
  refuseUnknownOptions(options, Object.fromEntries(known.map((name) => [name, true])), owner);
}

/**
 * @param who the matcher or assertion, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function checkOptions(options: Times, known: readonly string[], who: string): void {
  checkNames(options, [...known, 'times'], who);
  const { times } = options;
  if (times === undefined || (Number.isInteger(times) && times >= 0)) return;
  throw invalidOption(`times of ${who} is ${show(times)}. Use a whole number of 0 or more.`);
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function checkRecorded(jobs: unknown, who: string): asserts jobs is Recorded {
  if (isRecorded(jobs)) return;
  const what = jobs instanceof Promise ? 'a promise' : show(jobs).slice(0, 80);
  throw invalidOption(
    `${who} got ${what} instead of the result of testJobs(). Await it first: const jobs = await testJobs(AppModule).`,
  );
}

function isRecorded(jobs: unknown): jobs is Recorded {
  return (
    typeof jobs === 'object' && jobs !== null && 'enqueued' in jobs && typeof jobs.enqueued === 'function'
  );
}
