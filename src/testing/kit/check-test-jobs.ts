import { types } from 'node:util';
import { invalidOption } from '../../jobs/values/errors.js';
import { checkNames } from '../expect/check-options.js';
import { show } from '../expect/show.js';

const known = ['mode', 'now', 'seed', 'onTimeChange', 'application'];
const modes: readonly unknown[] = ['fake', 'inline'];

/**
 * Vitest and Jest don't check types, so this checks what TypeScript would reject.
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function checkTestJobs(
  rootModule: unknown,
  builder: unknown,
  options: { readonly mode?: unknown; readonly now?: unknown },
): void {
  if (rootModule === undefined || rootModule === null)
    throw invalidOption(
      `testJobs got ${String(rootModule)} as the module. Pass the root module of the application. A module that is undefined is often part of a circular import.`,
    );
  if (typeof builder !== 'function')
    throw invalidOption(
      `The second argument of testJobs is ${show(builder)}. Pass a function that changes Nest’s builder, or undefined. Options come third: testJobs(AppModule, undefined, { … }).`,
    );
  checkNames(options, known, 'testJobs');
  const { mode = 'fake', now } = options;
  if (!modes.includes(mode))
    throw invalidOption(`mode of testJobs is ${show(mode)}. Use 'fake' or 'inline'.`);
  if (now !== undefined) checkTime(now, 'now of testJobs');
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` for a function that does not return the builder */
export function checkBuilt<T>(built: T | undefined): T {
  if (built !== undefined) return built;
  throw invalidOption(
    'The builder function of testJobs returned nothing. Return the builder: (builder) => builder.overrideProvider(…).useValue(…).',
  );
}

/**
 * @param who the option or function, for the message
 * @returns the time in milliseconds since 1970
 * @throws FledgeError `FLEDGE_OPTION_INVALID` for anything but a valid Date
 */
export function checkTime(time: unknown, who: string): number {
  if (types.isDate(time) && !Number.isNaN(time.getTime())) return time.getTime();
  throw invalidOption(`${who} is ${show(time)}. Pass a valid Date.`);
}
