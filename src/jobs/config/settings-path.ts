import { existsSync } from 'node:fs';

const usualPlaces = ['config/jobs.yml', 'config/jobs.yaml'];

/** The file of the worker's flag `-C`. */
let ofFlag: string | undefined;

/** Makes this file the settings file of the process, for its application too. */
export function useSettingsFile(path: string): void {
  ofFlag = path;
}

/**
 * Returns the path of the settings file: the one of `-C` or JOBS_CONFIG, which must exist, or the first of the usual places.
 * Undefined if there is none.
 */
export function settingsPath(env: NodeJS.ProcessEnv): string | undefined {
  return ofFlag ?? (env.JOBS_CONFIG || usualPlaces.find((place) => existsSync(place)));
}

/** Returns the name of the section that applies. */
export function environmentName(env: NodeJS.ProcessEnv): string {
  return env.NODE_ENV || 'development';
}
