import { nearest } from '../../values/did-you-mean.js';
import { namesOf, settingKeys, type RawSettings } from './raw-settings.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of Fledge that are not settings of a worker. */
const others = ['JOBS_URL', 'JOBS_PASSWORD', 'JOBS_PREFIX', 'JOBS_CONFIG'];
const known = [...settingKeys.map((key) => namesOf(key).env), ...others];

/** An empty variable counts as not set, because compose files pass on unset variables as empty ones. */
export function readEnvironment(env: Environment): RawSettings {
  return Object.fromEntries(
    settingKeys
      .map((key) => [key, { value: env[namesOf(key).env], from: namesOf(key).env }] as const)
      .filter(([, { value }]) => value !== undefined && value !== ''),
  );
}

/**
 * Returns warnings about variables that look misspelled. Other variables that begin with JOBS_ may belong to the application
 * or the platform: Kubernetes sets JOBS_SERVICE_HOST for a service called jobs.
 */
export function misspelledVariables(env: Environment): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('JOBS_') && !known.includes(name))
    .map((name) => [name, nearest(name, known, 2)] as const)
    .filter(([, meant]) => meant !== undefined)
    .map(([name, meant]) => `The environment has ${name}, which is not a setting. Did you mean ${meant}?`);
}
