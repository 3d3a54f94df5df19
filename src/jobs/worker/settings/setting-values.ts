import type { LogLevel } from '@nestjs/common';
import { humanDuration, toMilliseconds, type Duration } from '../../values/duration.js';
import { FledgeError } from '../../values/errors.js';
import { parseHealthAddress, type HealthAddress } from '../../values/health-address.js';
import { nearest } from '../../values/did-you-mean.js';
import { shutdownTimeouts } from '../../config/resolved-options.js';
import { mayBeUrl, quoted } from '../../values/quoted.js';
import { isMapping, type Mapping } from '../../config/settings-file.js';
import { namesOf, type Given, type RawSettings, type SettingKey } from './raw-settings.js';

/** A value, and the place that it comes from. */
export interface From<Value> {
  readonly value: Value;
  readonly from: string;
}

export interface Concurrency {
  /** Applies to every queue that `each` does not name. */
  readonly all?: number;
  readonly each: ReadonlyMap<string, number>;
}

export const logFormats = ['text', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];
export const metricsFormats = ['emf', 'off'] as const;
export type MetricsFormat = (typeof metricsFormats)[number];
const logLevels: readonly LogLevel[] = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'];

/** The validated settings of one place. */
export interface SettingValues {
  readonly queues?: From<readonly string[]> | undefined;
  readonly excludeQueues?: From<readonly string[]> | undefined;
  readonly concurrency?: From<Concurrency> | undefined;
  readonly shutdownTimeout?: From<number> | undefined;
  readonly healthPort?: From<HealthAddress | 'off'> | undefined;
  readonly metrics?: From<MetricsFormat> | undefined;
  readonly app?: From<string> | undefined;
  readonly logLevel?: From<LogLevel> | undefined;
  readonly logFormat?: From<LogFormat> | undefined;
  readonly stopTimeout?: From<number> | undefined;
}

/** @throws FledgeError `FLEDGE_SETTING_INVALID` */
export function readValues(raw: RawSettings): SettingValues {
  const read = <Value>(key: SettingKey, parse: (value: unknown) => Value): From<Value> | undefined =>
    raw[key] && understand(key, raw[key], parse);
  return {
    queues: read('queues', (value) => (isMapping(value) ? names(Object.keys(value)) : names(value))),
    excludeQueues: read('excludeQueues', names),
    concurrency: concurrencyOf(raw),
    shutdownTimeout: read('shutdownTimeout', stopDuration),
    healthPort: read('healthPort', healthAddress),
    metrics: read('metrics', (value) => oneOf(metricsFormats, value === false ? 'off' : value)),
    app: read('app', appName),
    logLevel: read('logLevel', (value) => oneOf(logLevels, value)),
    logFormat: read('logFormat', (value) => oneOf(logFormats, value)),
    // All platforms count this timeout in seconds.
    stopTimeout: read('stopTimeout', (value) => duration(isBare(value) ? `${String(value).trim()}s` : value)),
  };
}

/** `queues` may also be a mapping with concurrencies: `{ default: 20, mailers: 5 }`. */
function concurrencyOf({ queues, concurrency }: RawSettings): From<Concurrency> | undefined {
  const own = concurrency && understand('concurrency', concurrency, parseConcurrency);
  const ofEach = queues?.value;
  if (!queues || !isMapping(ofEach)) return own;
  const ofQueues = understand('queues', queues, () => concurrencyOfEach(ofEach));
  return {
    value: { ...own?.value, each: new Map([...(own?.value.each ?? []), ...ofQueues.value]) },
    from: queues.from,
  };
}

/** Parses a value. An error names its place and shows a valid value. */
function understand<Value>(
  key: SettingKey,
  { value, from }: Given,
  parse: (value: unknown) => Value,
): From<Value> {
  try {
    // No setting is a URL. Its parts would be taken for queues and hosts, and appear in messages.
    if (holdsUrl(value)) throw new BadValue('something that looks like a URL');
    return { value: parse(value), from };
  } catch (thrown) {
    if (!(thrown instanceof BadValue)) throw thrown;
    const { flag, env, yml, form } = namesOf(key);
    const place = from === env || from === `--${flag}` ? from : `${from}: ${yml}`;
    const what = holdsUrl(value) ? thrown.message : `${inspect(value)}, ${thrown.message}`;
    throw new FledgeError(
      'FLEDGE_SETTING_INVALID',
      `${place} is ${what}.${thrown.hint} Write ${form.split(' | ').join(', or ')}.`,
    );
  }
}

function holdsUrl(value: unknown, seen = new Set<unknown>()): boolean {
  if (typeof value === 'string') return mayBeUrl(value);
  if (typeof value !== 'object' || value === null || seen.has(value)) return false;
  seen.add(value);
  return Object.entries(value).some(([key, one]) => mayBeUrl(key) || holdsUrl(one, seen));
}

/**
 * Shows a value as in the file. YAML splits a URL with a comma in a list into items and objects, which no longer look like a URL.
 * So only the kind of what is nested is shown. JSON has no `.inf`, and code may pass a function.
 */
function inspect(value: unknown): string {
  if (Array.isArray(value) && value.some(isNested)) return 'a list with a list or an object in it';
  if (!Array.isArray(value) && isNested(value)) return 'an object';
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** The reason why a value is invalid, as a part of a sentence. */
class BadValue extends Error {
  constructor(
    message: string,
    /** A sentence, after a space. */
    readonly hint = '',
  ) {
    super(message);
  }
}

function names(value: unknown): string[] {
  const list = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [value];
  // YAML parses a queue name such as 2024 as a number.
  if (list.some((name) => typeof name !== 'string' && typeof name !== 'number'))
    throw new BadValue('which is not a list of queues');
  const trimmed = list
    .map(String)
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (trimmed.length === 0) throw new BadValue('which does not name a queue');
  return [...new Set(trimmed)];
}

function parseConcurrency(value: unknown): Concurrency {
  if (typeof value === 'number' || (typeof value === 'string' && !value.includes('=')))
    return { all: jobsAtATime(value), each: new Map() };
  if (isMapping(value)) return { each: concurrencyOfEach(value) };
  if (typeof value !== 'string') throw new BadValue('which is neither a number nor a list of queue=number');
  const each = new Map<string, number>();
  for (const pair of value.split(',')) {
    const [queue = '', number, ...rest] = pair.split('=').map((part) => part.trim());
    if (queue === '' || rest.length > 0)
      throw new BadValue(`where ${JSON.stringify(pair)} is not queue=number`);
    if (each.has(queue)) throw new BadValue(`which names${quoted(queue) || ' a queue'} twice`);
    each.set(queue, jobsAtATime(number));
  }
  return { each };
}

/** A queue without a number, such as `default:`, keeps its concurrency. */
function concurrencyOfEach(mapping: Mapping): Map<string, number> {
  const entries = Object.entries(mapping).filter(([, number]) => number !== null);
  return new Map(entries.map(([queue, number]) => [queue, jobsAtATime(number)]));
}

function jobsAtATime(value: unknown): number {
  const number = typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 1) return number;
  throw new BadValue(
    value === undefined || value === ''
      ? 'where a number is missing'
      : `where ${inspect(value)} is not a whole number of 1 or more`,
  );
}

/** Requires a unit, because operators expect seconds and programmers milliseconds. */
function duration(value: unknown): number {
  if (!isScalar(value)) throw new BadValue('which is not a duration');
  if (isBare(value)) throw new BadValue('which has no unit (s for seconds, m for minutes)');
  try {
    // The pattern in `toMilliseconds` checks the text.
    return toMilliseconds(String(value).trim() as Duration, '');
  } catch {
    throw new BadValue('which is not a duration');
  }
}

function stopDuration(value: unknown): number {
  const { least, most } = shutdownTimeouts;
  const milliseconds = duration(value);
  if (milliseconds >= least && milliseconds <= most) return milliseconds;
  throw new BadValue(`which is not from ${humanDuration(least)} to ${humanDuration(most)}`);
}

const isScalar = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';
const isBare = (value: unknown): boolean => isScalar(value) && /^\s*\d+\s*$/.test(String(value));

function healthAddress(value: unknown): HealthAddress | 'off' {
  const address = parseHealthAddress(value);
  if (address === undefined) throw new BadValue('which is neither a port nor host:port');
  return address;
}

/** @throws FledgeError `FLEDGE_SETTING_INVALID` */
export function readHealthPort(value: unknown, from: string): HealthAddress | 'off' {
  return understand('healthPort', { value, from }, healthAddress).value;
}

function appName(value: unknown): string {
  if (typeof value === 'string' && /^[\w.-]{1,64}$/.test(value.trim())) return value.trim();
  throw new BadValue('which is not a name of 1 to 64 letters, digits, "_", "-" and "."');
}

/** The names of these levels in other loggers. */
const alias: Readonly<Record<string, LogLevel>> = { info: 'log', warning: 'warn', trace: 'verbose' };

function oneOf<Choice extends string>(choices: readonly Choice[], value: unknown): Choice {
  const choice = choices.find((candidate) => candidate === value);
  if (choice !== undefined) return choice;
  const meant = typeof value === 'string' ? (alias[value] ?? nearest(value, choices)) : undefined;
  throw new BadValue(`which is not one of ${choices.join(', ')}`, meant && ` Did you mean ${meant}?`);
}
