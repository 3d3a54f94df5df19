import type { ResolvedJobsOptions, StoreAddress } from './resolved-options.js';
import type { SectionStore } from './redis-section.js';
import { settingsPath } from './settings-path.js';

/**
 * Returns the options with the store of the settings file's `redis:` section, if neither the code nor JOBS_URL names one. A
 * process without a settings file loads no parser.
 *
 * @throws FledgeError `FLEDGE_CONFIG_FILE`, `FLEDGE_SETTING_UNKNOWN`, `FLEDGE_SETTING_INVALID`
 */
export async function locateStore<Options extends StoreAddress>(
  options: Options,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Options> {
  const isNamed = options.url !== undefined || options.topology.kind !== 'url';
  if (isNamed || settingsPath(env) === undefined) return options;
  const { readRedisFile } = await import('./redis-file.js');
  const found = readRedisFile(env)?.found;
  return found ? withSection(options, found, found.from) : options;
}

/** What the code and the environment say about password, prefix and connection stays. */
export function withSection<Options extends StoreAddress>(
  options: Options,
  section: SectionStore,
  from: string,
): Options {
  const { url, topology, redis, password, prefix } = section;
  const located: StoreAddress = {
    url,
    topology,
    redis: {
      ...options.redis,
      ...(redis.tls !== undefined && { tls: redis.tls }),
      ...(redis.family !== undefined && { family: redis.family }),
    },
    password: options.password ?? password,
    prefix: options.prefix ?? prefix,
    origin: { ...options.origin, from },
  };
  return { ...options, ...located };
}

/** Returns whether neither the code, nor the environment, nor the settings file names a store. */
export function isUnset({ url, topology }: Pick<ResolvedJobsOptions, 'url' | 'topology'>): boolean {
  return url === undefined && topology.kind === 'url';
}
