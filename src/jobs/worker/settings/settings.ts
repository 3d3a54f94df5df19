import type { LogLevel } from '@nestjs/common';
import { humanDuration } from '../../values/duration.js';
import { FledgeError } from '../../values/errors.js';
import { showHealthAddress, type HealthAddress } from '../../values/health-address.js';
import { unknownName } from '../../values/did-you-mean.js';
import type { ResolvedJobsOptions, ResolvedQueue } from '../../config/resolved-options.js';
import type { QueuePlan } from '../../store/queue-plan.js';
import { environmentName, settingsPath } from '../../config/settings-path.js';
import { readConfigFile } from './config-file.js';
import { misspelledVariables, readEnvironment, type Environment } from './environment.js';
import type { Flags } from './flags.js';
import {
  readHealthPort,
  readValues,
  type From,
  type LogFormat,
  type SettingValues,
} from './setting-values.js';

/** One line of the settings that a worker logs at boot. */
export interface ShownSetting {
  readonly name: string;
  readonly value: string;
}

/** The settings of a worker process, and where each one came from. */
export interface WorkerSettings {
  readonly queues: readonly QueuePlan[];
  /** In milliseconds. */
  readonly shutdownTimeout: number;
  /** The platform's time between SIGTERM and SIGKILL in milliseconds, if it is known. */
  readonly stopTimeout: number | undefined;
  readonly health: HealthAddress | undefined;
  /** The application's name in the metrics; undefined if no metrics are written. */
  readonly metricsApp: string | undefined;
  readonly shown: readonly ShownSetting[];
  /** Possible mistakes, as warnings. */
  readonly suspicions: readonly string[];
}

/** The settings of the command line, the environment and the file. Earlier ones override later ones. */
export interface SettingSources {
  readonly values: readonly SettingValues[];
  readonly suspicions: readonly string[];
  /** Where the file names a store, as in `config/jobs.yml (production)`. Undefined if it does not. */
  readonly redisSection?: string | undefined;
}

/**
 * Reads all places and validates every value. The names of queues are checked later, once the application has declared them.
 * @throws FledgeError `FLEDGE_SETTING_UNKNOWN`, `FLEDGE_SETTING_INVALID`, `FLEDGE_CONFIG_FILE`
 */
export function readSources(flags: Flags, env: Environment): SettingSources {
  const file = readConfigFile(flags.config ?? settingsPath(env), environmentName(env));
  // Only to report errors in them.
  file.others.forEach(readValues);
  return {
    values: [flags.settings, readEnvironment(env), ...file.chosen].map(readValues),
    suspicions: [...misspelledVariables(env), ...file.suspicions],
    redisSection: file.redisSection,
  };
}

/** The sources of a worker inside a web process. Its command line and settings file are not meant for the worker. */
export function environmentAlone(env: Environment = process.env): SettingSources {
  return { values: [readValues(readEnvironment(env))], suspicions: [] };
}

/** Returns the setting from the first place that has it. */
export function firstOf<Key extends keyof SettingValues>(
  { values }: SettingSources,
  key: Key,
): SettingValues[Key] {
  return values.find((source) => source[key] !== undefined)?.[key];
}

/** The settings of the log, which are needed before the application exists. */
export function logSettings(sources: SettingSources): {
  level: LogLevel | undefined;
  format: LogFormat | undefined;
} {
  return {
    level: firstOf(sources, 'logLevel')?.value,
    format: firstOf(sources, 'logFormat')?.value,
  };
}

/** @throws FledgeError `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_SETTING_INVALID` */
export function resolveSettings(options: ResolvedJobsOptions, sources: SettingSources): WorkerSettings {
  for (const source of sources.values) requireDeclaredQueues(source, options);
  const served = queuesToServe(options, sources);
  const queues = [...options.queues].filter(([name]) => served.value.includes(name));
  const concurrency = queues.map(([name, queue]) => [name, concurrencyOf(name, queue, sources)] as const);
  const shutdownTimeout = firstOf(sources, 'shutdownTimeout') ?? ofCode(options, 'shutdownTimeout');
  const stopTimeout = firstOf(sources, 'stopTimeout');
  const health = firstOf(sources, 'healthPort') ?? healthOfCode(options);
  const metrics = firstOf(sources, 'metrics') ?? { value: 'off', from: fromDefault };
  const app = firstOf(sources, 'app')?.value ?? 'fledge';
  return {
    queues: concurrency.map(([name, { value }]) => ({ name, concurrency: value })),
    shutdownTimeout: shutdownTimeout.value,
    stopTimeout: stopTimeout?.value,
    health: health.value === 'off' ? undefined : health.value,
    metricsApp: metrics.value === 'off' ? undefined : app,
    shown: [
      { name: 'queues', value: `${queues.map(([name]) => name).join(', ')} (${served.from})` },
      {
        name: 'concurrency',
        value: concurrency.map(([name, { value, from }]) => `${name} ${value} (${from})`).join(', '),
      },
      shownSetting('shutdown timeout', shutdownTimeout, humanDuration),
      ...(stopTimeout ? [shownSetting('stop timeout', stopTimeout, humanDuration)] : []),
      ...shownLog(sources),
      shownSetting('health', health, (value) => (value === 'off' ? value : showHealthAddress(value))),
      // Not shown when off: that is the default, and metrics are only useful on AWS.
      ...(metrics.value === 'off'
        ? []
        : [{ name: 'metrics', value: `${metrics.value} of ${app} (${metrics.from})` }]),
    ],
    suspicions: [...sources.suspicions, ...overriddenSection(options, sources)],
  };
}

/** The command `fledge` does not know the application's code, so it would work on another store. */
function overriddenSection({ origin }: ResolvedJobsOptions, { redisSection }: SettingSources): string[] {
  if (origin.from === 'JOBS_URL' || redisSection === undefined) return [];
  return [
    `${redisSection} has a redis section, but the store comes from ${origin.from}. The command fledge uses the section. Remove one of them.`,
  ];
}

function shownSetting<Value>(
  name: string,
  { value, from }: From<Value>,
  show: (value: Value) => string,
): ShownSetting {
  return { name, value: `${show(value)} (${from})` };
}

/** Shows only what was set, because the defaults depend on the terminal. */
function shownLog(sources: SettingSources): ShownSetting[] {
  const chosen = [firstOf(sources, 'logLevel'), firstOf(sources, 'logFormat')].filter(
    (one) => one !== undefined,
  );
  if (chosen.length === 0) return [];
  return [{ name: 'log', value: chosen.map(({ value, from }) => `${value} (${from})`).join(', ') }];
}

const fromCode = 'JobsModule';
const fromDefault = 'default';

function ofCode<Key extends 'shutdownTimeout'>(
  options: ResolvedJobsOptions,
  key: Key,
): From<ResolvedJobsOptions[Key]> {
  return { value: options[key], from: options.given.has(key) ? fromCode : fromDefault };
}

function healthOfCode({ healthPort }: ResolvedJobsOptions): From<HealthAddress | 'off'> {
  if (healthPort === undefined) return { value: 'off', from: fromDefault };
  return { value: readHealthPort(healthPort, `${fromCode}: healthPort`), from: fromCode };
}

/** Goes from the weakest place to the strongest. Each may choose other queues, and exclude some of the queues chosen so far. */
function queuesToServe(options: ResolvedJobsOptions, { values }: SettingSources): From<readonly string[]> {
  let served: From<readonly string[]> = {
    value: [...options.queues.keys()],
    from: options.given.has('queues') ? fromCode : fromDefault,
  };
  for (const { queues, excludeQueues } of values.toReversed()) {
    if (queues) served = queues;
    if (excludeQueues) {
      const left = served.value.filter((name) => !excludeQueues.value.includes(name));
      const from =
        excludeQueues.from === served.from ? served.from : `${served.from} minus ${excludeQueues.from}`;
      served = { value: left, from };
    }
  }
  if (served.value.length > 0) return served;
  throw new FledgeError(
    'FLEDGE_SETTING_INVALID',
    `No queue is left for this worker: ${served.from}. Exclude fewer queues, or name the queues that it should serve.`,
  );
}

function concurrencyOf(name: string, queue: ResolvedQueue, { values }: SettingSources): From<number> {
  for (const { concurrency } of values) {
    if (!concurrency) continue;
    const value = concurrency.value.each.get(name) ?? concurrency.value.all;
    if (value !== undefined) return { value, from: concurrency.from };
  }
  return { value: queue.concurrency, from: queue.declared ? fromCode : fromDefault };
}

function requireDeclaredQueues(
  { queues, excludeQueues, concurrency }: SettingValues,
  options: ResolvedJobsOptions,
): void {
  if (queues) requireDeclared(queues, options);
  if (excludeQueues) requireDeclared(excludeQueues, options);
  if (concurrency) requireDeclared({ ...concurrency, value: [...concurrency.value.each.keys()] }, options);
}

function requireDeclared({ value, from }: From<readonly string[]>, { queues }: ResolvedJobsOptions): void {
  const unknown = value.find((name) => !queues.has(name));
  if (unknown === undefined) return;
  throw new FledgeError(
    'FLEDGE_QUEUE_UNDECLARED',
    `${unknownName('queue', unknown, queues.keys(), from)} Or declare the queue in JobsModule.forRoot({ queues }).`,
  );
}
