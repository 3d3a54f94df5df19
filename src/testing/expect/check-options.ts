import { invalidOption } from '../../jobs/values/errors.js';
import { didYouMean } from '../../jobs/values/did-you-mean.js';
import type { Times } from './expectations.js';
import type { Recorded } from '../records/recorded.js';
import { show } from './show.js';

/**
 * A name that nobody knows would be an expectation that nobody checks.
 *
 * @param who the matcher or assertion, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function checkOptions(options: Times, known: readonly string[], who: string): void {
  const unknown = Object.keys(options).find((name) => name !== 'times' && !known.includes(name));
  if (unknown !== undefined) {
    throw invalidOption(
      `${who} was given ${show(unknown)}, which it does not know.${didYouMean(unknown, known)} It knows: ${known.join(', ')}, times.`,
    );
  }
  const { times } = options;
  if (times === undefined || (Number.isInteger(times) && times >= 0)) return;
  throw invalidOption(`times of ${who} is ${show(times)}. Give a whole number, 0 for none.`);
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function checkRecorded(jobs: unknown, who: string): asserts jobs is Recorded {
  if (typeof (jobs as Partial<Recorded> | undefined)?.enqueued === 'function') return;
  const what = jobs instanceof Promise ? 'a promise' : show(jobs);
  throw invalidOption(
    `${who} was given ${what.slice(0, 80)}. Give what testJobs() resolved to: const jobs = await testJobs(AppModule).`,
  );
}
