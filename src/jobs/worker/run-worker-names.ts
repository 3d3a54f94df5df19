import { jobsOptionNames } from '../config/option-names.js';
import { nearest, unknownName } from '../values/did-you-mean.js';
import { invalidOption } from '../values/errors.js';
import { settingKeys } from './settings/raw-settings.js';

const own = ['args', 'setup'];
const settings: readonly string[] = settingKeys;

/**
 * Refuses options of `runWorker` that belong somewhere else, and would do nothing. All other names are Nest's, and a later Nest may
 * have more.
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function checkRunWorkerNames(options: object): void {
  const names = Object.keys(options);
  const setting = names.find((name) => settings.includes(name));
  if (setting !== undefined)
    throw invalidOption(
      `runWorker does not take the option ${setting}. It is a setting of the worker process: use its flag, its environment variable or config/jobs.yml. See --help.`,
    );
  const ofModule = names.find((name) => jobsOptionNames.includes(name));
  if (ofModule !== undefined)
    throw invalidOption(
      `runWorker does not take the option ${ofModule}. Put it into JobsModule.forRoot({ ${ofModule}: … }).`,
    );
  const misspelled = names.find((name) => !own.includes(name) && nearest(name, own, 1) !== undefined);
  if (misspelled !== undefined) throw invalidOption(unknownName('option', misspelled, own, 'runWorker'));
}
