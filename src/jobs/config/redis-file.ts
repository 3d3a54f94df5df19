import { readRedisSection, redisKey, sectionPlace, type SectionStore } from './redis-section.js';
import { mayBeUrl } from '../values/quoted.js';
import { isMapping, loadSettingsFile, type Mapping } from './settings-file.js';
import { environmentName, settingsPath } from './settings-path.js';

/** The `redis:` sections of the settings file. */
export interface RedisFile {
  readonly path: string;
  /** The store of the section that applies, and where the section is. */
  readonly found: (SectionStore & { readonly from: string }) | undefined;
  /** The environments that have a section, if none applies here. */
  readonly elsewhere: readonly string[];
}

/**
 * Reads the `redis:` section of the settings file. The section of the environment replaces the one at the top as a whole.
 *
 * @returns undefined if there is no settings file
 * @throws FledgeError `FLEDGE_CONFIG_FILE`, `FLEDGE_SETTING_UNKNOWN`, `FLEDGE_SETTING_INVALID`
 */
export function readRedisFile(env: NodeJS.ProcessEnv): RedisFile | undefined {
  const path = settingsPath(env);
  if (path === undefined) return undefined;
  const root = loadSettingsFile(path);
  const name = environmentName(env);
  const own = root[name];
  const ofEnvironment = isMapping(own) ? own[redisKey] : undefined;
  const section = ofEnvironment ?? root[redisKey];
  if (section === undefined || section === null)
    return { path, found: undefined, elsewhere: Object.keys(root).filter((one) => hasSection(one, root)) };
  const from = (ofEnvironment ?? undefined) === undefined ? path : sectionPlace(path, name);
  return { path, found: { ...readRedisSection(section, { from, env }), from }, elsewhere: [] };
}

/** A name that may be a URL is not shown. */
function hasSection(name: string, root: Mapping): boolean {
  const value = root[name];
  return isMapping(value) && isMapping(value[redisKey]) && !mayBeUrl(name);
}
