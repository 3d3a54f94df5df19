import { didYouMean } from '../values/did-you-mean.js';
import { invalidOption } from '../values/errors.js';
import { isObject } from '../values/readers.js';
import type { AdoptCronOptions } from './jobs-options.js';

const optionNames: readonly string[] = [
  'attempts',
  'retryFor',
  'backoff',
  'retryOn',
  'discardOn',
  'dead',
  'timeout',
  'expiresIn',
  'queue',
  'priority',
  'logLevel',
] satisfies (keyof AdoptCronOptions)[];

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function resolveAdoptCron(
  adoptCron: boolean | AdoptCronOptions | undefined,
): AdoptCronOptions | false | undefined {
  if (adoptCron === undefined || adoptCron === false) return adoptCron;
  if (adoptCron === true) return {};
  if (!isObject(adoptCron)) {
    throw invalidOption(
      `adoptCron is ${JSON.stringify(adoptCron)}. Use true, false, or an object with the options of the jobs.`,
    );
  }
  const unknown = Object.keys(adoptCron).find((name) => !optionNames.includes(name));
  if (unknown === undefined) return adoptCron;
  throw invalidOption(
    `adoptCron has the unknown option "${unknown}".${didYouMean(unknown, optionNames)} Use ${optionNames.join(', ')}.`,
  );
}
