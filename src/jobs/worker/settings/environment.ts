import { nearest } from '../../values/did-you-mean.js';
import { namesOf, settingKeys, type RawSettings } from './raw-settings.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of Fledge that are no settings of a worker. */
const others = ['JOBS_URL', 'JOBS_PASSWORD', 'JOBS_CONFIG'];
const known = [...settingKeys.map((key) => namesOf(key).env), ...others];

/** An empty variable is one that is not set: compose files pass those on. */
export function readEnvironment(env: Environment): RawSettings {
  return Object.fromEntries(
    settingKeys
      .map((key) => [key, { value: env[namesOf(key).env], from: namesOf(key).env }] as const)
      .filter(([, { value }]) => value !== undefined && value !== ''),
  );
}

/**
 * Variables that look like a slip of the pen, in words. Others that begin with JOBS_ may be the application's, or a
 * platform's: Kubernetes makes JOBS_SERVICE_HOST for a service called jobs.
 */
export function misspelledVariables(env: Environment): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('JOBS_') && !known.includes(name))
    .map((name) => [name, nearest(name, known, 2)] as const)
    .filter(([, meant]) => meant !== undefined)
    .map(([name, meant]) => `The environment has ${name}, which means nothing here. Did you mean ${meant}?`);
}
