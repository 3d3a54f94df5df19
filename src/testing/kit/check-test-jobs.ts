import { types } from 'node:util';
import { invalidOption } from '../../jobs/values/errors.js';
import { didYouMean } from '../../jobs/values/did-you-mean.js';
import { show } from '../expect/show.js';

const known = ['mode', 'now', 'seed', 'onTimeChange', 'application'];
const modes: readonly unknown[] = ['fake', 'inline'];

/**
 * Vitest and Jest look at no types: what TypeScript would refuse arrives here.
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function checkTestJobs(rootModule: unknown, builder: unknown, options: object): void {
  if (rootModule === undefined || rootModule === null)
    throw invalidOption(
      `testJobs was given ${String(rootModule)} for a module. Give the application’s own; one that is undefined while files are loaded is often part of a circle of imports.`,
    );
  if (typeof builder !== 'function')
    throw invalidOption(
      `The second argument of testJobs is ${show(builder)}, but it is a function of Nest’s builder. Options come third: testJobs(AppModule, undefined, ${show(builder)}).`,
    );
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw invalidOption(
      `testJobs was given the option ${unknown}, which it does not know.${didYouMean(unknown, known)} It knows: ${known.join(', ')}.`,
    );
  const { mode = 'fake', now } = options as { readonly mode?: unknown; readonly now?: unknown };
  if (!modes.includes(mode))
    throw invalidOption(`mode of testJobs is ${show(mode)}. Give 'fake' or 'inline'.`);
  if (now !== undefined) checkTime(now, 'now of testJobs');
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` for a function that forgets to return what it was given */
export function checkBuilt<T>(built: T | undefined): T {
  if (built !== undefined) return built;
  throw invalidOption(
    'The function that testJobs was given for Nest’s builder returns nothing. Let it return the builder: (builder) => builder.overrideProvider(…).useValue(…).',
  );
}

/**
 * @returns milliseconds since 1970
 * @throws FledgeError `FLEDGE_OPTION_INVALID` for what is no date
 */
export function checkTime(time: unknown, who: string): number {
  if (types.isDate(time) && !Number.isNaN(time.getTime())) return time.getTime();
  throw invalidOption(`${who} is ${show(time)}. Give a valid Date.`);
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` for a name that would select everything */
export function checkSelection(options: object, names: readonly string[], who: string): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw invalidOption(
    `${who} was given the option ${unknown}, which it does not know.${didYouMean(unknown, names)} It knows: ${names.join(', ')}.`,
  );
}
