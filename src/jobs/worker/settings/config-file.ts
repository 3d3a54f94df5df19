import { didYouMean, nearest, unknownName } from '../../values/did-you-mean.js';
import { FledgeError } from '../../values/errors.js';
import { quoted } from '../../values/quoted.js';
import { checkRedisSection, redisKey, sectionPlace } from '../../config/redis-section.js';
import { isMapping, loadSettingsFile, type Mapping } from '../../config/settings-file.js';
import { namedIn, type RawSettings } from './raw-settings.js';

/** The setting of each key in the file. */
const keyOf = namedIn('yml');
const knownKeys = [...keyOf.keys(), redisKey];

/** The contents of the settings file. */
export interface ConfigFile {
  /** The settings that apply: the section of this environment first, then the rest of the file. */
  readonly chosen: readonly RawSettings[];
  /** The sections of other environments. */
  readonly others: readonly RawSettings[];
  /** Possible mistakes, as warnings. */
  readonly suspicions: readonly string[];
  /** Where the `redis:` section is that applies. Undefined if there is none. */
  readonly redisSection: string | undefined;
}

/**
 * Reads `config/jobs.yml`. It holds settings, and a section for each environment that overrides some of them.
 *
 * @param file undefined if there is none
 * @param environment the name of the section that applies: NODE_ENV
 * @throws FledgeError `FLEDGE_CONFIG_FILE`, `FLEDGE_SETTING_UNKNOWN`, `FLEDGE_SETTING_INVALID`
 */
export function readConfigFile(file: string | undefined, environment: string): ConfigFile {
  if (file === undefined) return { chosen: [], others: [], suspicions: [], redisSection: undefined };
  const root = loadSettingsFile(file);
  const names = Object.keys(root).filter((name) => !knownKeys.includes(name));
  checkRedisSection(root[redisKey], file);
  // All sections are checked, so that a mistake for production is found earlier than in production.
  const sections = new Map(names.map((name) => [name, readSection(file, name, root[name])]));
  const chosen = sections.get(environment);
  return {
    chosen: [...(chosen ? [chosen] : []), settingsOf(root, file)],
    others: [...sections].filter(([name]) => name !== environment).map(([, settings]) => settings),
    suspicions: chosen ? [] : misspelledSections(file, names, environment),
    redisSection: redisPlace(root, file, environment),
  };
}

function redisPlace(root: Mapping, file: string, environment: string): string | undefined {
  const own = root[environment];
  if (isMapping(own) && isMapping(own[redisKey])) return sectionPlace(file, environment);
  return isMapping(root[redisKey]) ? file : undefined;
}

function misspelledSections(file: string, names: readonly string[], environment: string): string[] {
  return names
    .filter((name) => nearest(name, [environment], 2))
    .map(
      (name) =>
        `${file} has a section "${name}", but NODE_ENV is ${environment}, so the section has no effect.`,
    );
}

function readSection(file: string, name: string, section: unknown): RawSettings {
  // `production:` with nothing below it is an empty section. Any other value that is not a mapping was meant as a setting.
  if (section === null) return {};
  if (!isMapping(section)) {
    throw new FledgeError(
      'FLEDGE_SETTING_UNKNOWN',
      `${unknownName('setting', name, knownKeys, file)} A section named after an environment (production: …) may have the same settings.`,
    );
  }
  const unknown = Object.keys(section).find((key) => !knownKeys.includes(key));
  if (unknown === undefined) {
    checkRedisSection(section[redisKey], sectionPlace(file, name));
    return settingsOf(section, sectionPlace(file, name));
  }
  const meantSetting = didYouMean(name, knownKeys);
  const notSection =
    meantSetting && ` Is${quoted(name) || ' the section'} meant as a setting?${meantSetting}`;
  throw new FledgeError(
    'FLEDGE_SETTING_UNKNOWN',
    `${unknownName('setting', unknown, knownKeys, `the section${quoted(name)} in ${file}`)}${notSection}`,
  );
}

/** Ignores keys that are not settings: at the top of the file, these are sections. */
function settingsOf(mapping: Mapping, from: string): RawSettings {
  return Object.fromEntries(
    [...keyOf]
      .map(([name, key]) => [key, { value: mapping[name], from }] as const)
      .filter(([, { value }]) => value !== null && value !== undefined),
  );
}
