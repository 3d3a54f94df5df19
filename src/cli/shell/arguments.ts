import { parseArgs } from 'node:util';
import { unknownName } from '../../jobs/values/did-you-mean.js';
import { day, toMillisecondsWithin, type Duration } from '../../jobs/values/duration.js';
import { asError, FledgeError } from '../../jobs/values/errors.js';
import { UsageError } from './usage-error.js';

/** A flag of a command, such as `--queue <queue>`. */
export interface Flag {
  readonly type: 'string' | 'boolean';
  /** What the value is, such as `queue`. */
  readonly value?: string;
  readonly help: string;
}

export type Flags = Readonly<Record<string, Flag>>;

/** The flags that `run` takes off before a command sees its arguments. */
export const runFlags = {
  'env-file': {
    type: 'string',
    value: 'path',
    help: 'reads variables from this file in place of .env. Can be repeated',
  },
} as const satisfies Flags;

/** The flags and words of a command line. */
export interface Read<F extends Flags> {
  readonly values: ReturnType<typeof parseArgs<{ options: F; allowPositionals: true }>>['values'];
  readonly words: readonly string[];
}

/**
 * Reads flags and words as `parseArgs` does.
 * @throws UsageError for an unknown flag, with the nearest known one
 */
export function readArguments<F extends Flags>(args: readonly string[], flags: F): Read<F> {
  const { tokens } = parseArgs({ args: [...args], options: flags, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option' || Object.hasOwn(flags, token.name)) continue;
    const known = Object.keys({ ...flags, ...runFlags }).map((name) => `--${name}`);
    const typed = `${token.name.length > 1 ? '--' : '-'}${token.name}`;
    throw new UsageError(unknownName('option', typed, known));
  }
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: flags, allowPositionals: true });
    return { values, words: positionals };
  } catch (thrown) {
    throw new UsageError(asError(thrown).message);
  }
}

/**
 * Reads `--limit`.
 * @param usual the limit without the flag
 * @throws UsageError
 */
export function readLimit(typed: string | undefined, usual: number): number {
  if (typed === undefined) return usual;
  if (/^[1-9]\d{0,5}$/.test(typed)) return Number(typed);
  throw new UsageError('--limit is not a valid number. Use a whole number from 1 to 999999.');
}

/**
 * Reads a positive whole number.
 * @throws UsageError
 */
export function readCount(typed: string, flag: string): number {
  if (/^[1-9]\d{0,9}$/.test(typed)) return Number(typed);
  throw new UsageError(`${flag} is not a valid number. Use a whole number from 1.`);
}

/** In milliseconds. A longer time is probably a mistake in the unit. */
const spans = { least: 0, most: 3_650 * day };

/**
 * Reads a duration, such as `90s`.
 *
 * @param range in milliseconds. @default from 0 to ten years
 * @returns milliseconds
 * @throws UsageError
 */
export function readDuration(typed: string, flag: string, range = spans): number {
  try {
    // `toMillisecondsWithin` checks the text.
    return toMillisecondsWithin(range, typed as Duration, flag);
  } catch (thrown) {
    if (!(thrown instanceof FledgeError)) throw thrown;
    throw new UsageError(thrown.message.replace(` [${thrown.code}]`, ''));
  }
}

/**
 * Reads what a command acts on, and then a URL.
 *
 * @param what the first word, such as `a job's id`
 * @param usage how to write the command
 * @throws UsageError
 */
export function readTarget(
  [target, url, ...rest]: readonly string[],
  what: string,
  usage: string,
): { readonly target: string; readonly url: string | undefined } {
  if (!target || target.includes('://')) throw new UsageError(`Missing argument: ${what}. Use ${usage}.`);
  refuseRest(rest, usage);
  return { target, url };
}

/**
 * @param rest the words that the command does not take
 * @param usage how to write the command
 * @throws UsageError
 */
export function refuseRest(rest: readonly string[], usage: string): void {
  if (rest.length > 0) throw new UsageError(`Too many arguments. Use ${usage}.`);
}

/**
 * With an unset variable, `--error "$CODE"` would mean all jobs.
 * @throws UsageError for an option with an empty value
 */
export function refuseEmpty(values: Readonly<Record<string, unknown>>): void {
  const empty = Object.keys(values).find((name) => values[name] === '');
  if (empty !== undefined) throw new UsageError(`--${empty} is empty. Pass a value, or remove the option.`);
}
