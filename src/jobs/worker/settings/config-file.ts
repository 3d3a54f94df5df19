import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { parse, YAMLError } from 'yaml';
import { asError, FledgeError } from '../../values/errors.js';
import { didYouMean, nearest } from '../../values/did-you-mean.js';
import { mayBeUrl, quoted } from '../../values/quoted.js';
import { namesOf, settingKeys, type RawSettings, type SettingKey } from './raw-settings.js';

/**
 * The most bytes that a file may have. Settings need a tenth of it. The parser's time grows with the square of some texts:
 * the worst that is known takes a few seconds at this size, and fifty thousand keys would take a minute.
 */
const longest = 16 * 1024;
const usualPlaces = ['config/jobs.yml', 'config/jobs.yaml'];
const keyOf = new Map<string, SettingKey>(
  settingKeys.filter((key) => namesOf(key).yml !== undefined).map((key) => [namesOf(key).yml!, key]),
);

/** A mapping as YAML gives it. */
type Mapping = Readonly<Record<string, unknown>>;

/** What the file says. */
export interface ConfigFile {
  /** What counts here: the environment's section, then the rest. */
  readonly chosen: readonly RawSettings[];
  /** The sections of other environments. */
  readonly others: readonly RawSettings[];
  /** What looks like a mistake and is none for certain. */
  readonly suspicions: readonly string[];
}

/**
 * Reads `config/jobs.yml`: settings, and a section with settings for each environment that needs others.
 *
 * @param path a file that must be there; without one, the usual places are looked at, where none need be
 * @param environment whose section counts: NODE_ENV
 * @throws FledgeError `FLEDGE_CONFIG_FILE`, `FLEDGE_SETTING_UNKNOWN`
 */
export function readConfigFile(path: string | undefined, environment: string): ConfigFile {
  const file = path ?? usualPlaces.find((place) => existsSync(place));
  if (file === undefined) return { chosen: [], others: [], suspicions: [] };
  const root = load(file);
  const names = Object.keys(root).filter((name) => !keyOf.has(name));
  // All sections: what production will choke on is found on the way there.
  for (const name of names) checkSection(file, name, root[name]);
  const section = (name: string): RawSettings =>
    settingsOf((root[name] ?? {}) as Mapping, `${file} (${name})`);
  const own = Object.fromEntries(Object.entries(root).filter(([name]) => keyOf.has(name)));
  return {
    chosen: [...(names.includes(environment) ? [section(environment)] : []), settingsOf(own, file)],
    others: names.filter((name) => name !== environment).map(section),
    suspicions: names.includes(environment)
      ? []
      : names
          .filter((name) => nearest(name, [environment], 2))
          .map(
            (name) => `${file} has a section "${name}", and NODE_ENV is ${environment}: it does not count.`,
          ),
  };
}

function load(file: string): Mapping {
  let content: unknown;
  try {
    // Merge keys: sections that share settings by `<<: *default`, as Rails' YAML has it. Warnings would be printed, and
    // quote the file.
    content = parse(read(file), { merge: true, logLevel: 'error' });
  } catch (thrown) {
    if (thrown instanceof FledgeError) throw thrown;
    throw new FledgeError(
      'FLEDGE_CONFIG_FILE',
      `The settings file${shownPath(file)} cannot be read: ${whyUnreadable(thrown, file)}. Correct it, or name another with -C FILE.`,
    );
  }
  if (content === null || content === undefined) return {};
  if (isMapping(content)) return content;
  throw new FledgeError(
    'FLEDGE_CONFIG_FILE',
    `The settings file${shownPath(file)} is not a mapping. Write settings as "queues: [default, mailers]", one a line.`,
  );
}

/** Reads up to the bound and no further, so that a device that never ends is refused as well. */
function read(file: string): string {
  const buffer = Buffer.alloc(longest + 1);
  const descriptor = openSync(file, 'r');
  try {
    let length = 0;
    for (let got = -1; got !== 0 && length <= longest; length += got)
      got = readSync(descriptor, buffer, length, buffer.length - length, null);
    if (length <= longest) return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(descriptor);
  }
  throw new FledgeError(
    'FLEDGE_CONFIG_FILE',
    `The settings file${shownPath(file)} is longer than ${longest / 1024} KiB. Shorten it, or set another file with -C FILE.`,
  );
}

/** A URL that stands where the path should may hold a password. */
function shownPath(file: string): string {
  return mayBeUrl(file) ? '' : ` ${file}`;
}

/** Where and why, without the line itself, which the parser's messages quote. */
function whyUnreadable(thrown: unknown, file: string): string {
  const { message, code } = asError(thrown) as NodeJS.ErrnoException;
  if (thrown instanceof YAMLError) {
    const [{ line, col }] = thrown.linePos ?? [{ line: 1, col: 1 }];
    return `line ${line}, column ${col}: ${firstWords(message)}`;
  }
  // What the system says names the file.
  if (code !== undefined) return mayBeUrl(file) ? code : message;
  return firstWords(message);
}

/** A quotation begins with another character. */
function firstWords(message: string): string {
  return /^[A-Za-z ,()'-]*/.exec(message)![0].trim();
}

function checkSection(file: string, name: string, section: unknown): void {
  const settings = [...keyOf.keys()];
  // `production:` with nothing below it is an empty section; anything else that is no mapping was meant as a setting.
  if (section !== null && !isMapping(section)) {
    throw new FledgeError(
      'FLEDGE_SETTING_UNKNOWN',
      `${file} has${quoted(name) || ' a key'}, which is not a setting.${didYouMean(name, settings)} There are ${settings.join(', ')}, and sections with these for an environment (production: …).`,
    );
  }
  const stranger = Object.keys(section ?? {}).find((key) => !keyOf.has(key));
  if (stranger === undefined) return;
  const meantSetting = didYouMean(name, settings);
  throw new FledgeError(
    'FLEDGE_SETTING_UNKNOWN',
    `${file} has${quoted(stranger) || ' a key'} in its section${quoted(name)}, which is not a setting.${didYouMean(stranger, settings)} There are ${settings.join(', ')}.${meantSetting === '' ? '' : ` Or is${quoted(name) || ' that'} not meant as a section?${meantSetting}`}`,
  );
}

function settingsOf(mapping: Mapping, from: string): RawSettings {
  return Object.fromEntries(
    Object.entries(mapping)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [keyOf.get(name)!, { value, from }]),
  );
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
