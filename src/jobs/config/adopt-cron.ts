import { refuseUnknownOptions } from '../values/did-you-mean.js';
import { invalidOption } from '../values/errors.js';
import { isObject } from '../values/readers.js';
import { policyOptionNames } from '../job/retry/policy.js';
import type { AdoptCronOptions } from './jobs-options.js';

const optionNames = {
  ...policyOptionNames,
  queue: true,
  priority: true,
  logLevel: true,
} satisfies Record<keyof AdoptCronOptions, true>;

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
  refuseUnknownOptions(adoptCron, optionNames, 'adoptCron');
  return adoptCron;
}
