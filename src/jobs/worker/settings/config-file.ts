import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { parse, YAMLError } from 'yaml';
import { asError, FledgeError } from '../../values/errors.js';
import { didYouMean, nearest, unknownName } from '../../values/did-you-mean.js';
import { mayBeUrl, quoted } from '../../values/quoted.js';
import { namedIn, type RawSettings } from './raw-settings.js';

/**
 * The maximum size of a file in bytes, ten times what settings need. For some texts the parser's time grows with the square
 * of their length: the worst known text takes a few seconds at this size.
 */
const longest = 16 * 1024;
const usualPlaces = ['config/jobs.yml', 'config/jobs.yaml'];
/** The setting of each key in the file. */
const keyOf = namedIn('yml');

/** A mapping as the YAML parser returns it. */
export type Mapping = Readonly<Record<string, unknown>>;

/** The contents of the settings file. */
export interface ConfigFile {
  /** The settings that apply: the section of this environment first, then the rest of the file. */
  readonly chosen: readonly RawSettings[];
  /** The sections of other environments. */
  readonly others: readonly RawSettings[];
  /** Possible mistakes, as warnings. */
  readonly suspicions: readonly string[];
}

/**
 * Reads `config/jobs.yml`. It holds settings, and a section for each environment that overrides some of them.
 *
 * @param path a file that must exist; by default the usual places, where a file is optional
 * @param environment the name of the section that applies: NODE_ENV
 * @throws FledgeError `FLEDGE_CONFIG_FILE`, `FLEDGE_SETTING_UNKNOWN`
 */
export function readConfigFile(path: string | undefined, environment: string): ConfigFile {
  const file = path ?? usualPlaces.find((place) => existsSync(place));
  if (file === undefined) return { chosen: [], others: [], suspicions: [] };
  const root = load(file);
  const names = Object.keys(root).filter((name) => !keyOf.has(name));
  // All sections are checked, so that a mistake for production is found earlier than in production.
  const sections = new Map(names.map((name) => [name, readSection(file, name, root[name])]));
  const chosen = sections.get(environment);
  return {
    chosen: [...(chosen ? [chosen] : []), settingsOf(root, file)],
    others: [...sections].filter(([name]) => name !== environment).map(([, settings]) => settings),
    suspicions: chosen ? [] : misspelledSections(file, names, environment),
  };
}

function misspelledSections(file: string, names: readonly string[], environment: string): string[] {
  return names
    .filter((name) => nearest(name, [environment], 2))
    .map(
      (name) =>
        `${file} has a section "${name}", but NODE_ENV is ${environment}, so the section has no effect.`,
    );
}

function load(file: string): Mapping {
  let content: unknown;
  try {
    // Merge keys let sections share settings with `<<: *default`, as in Rails. The parser would print warnings, which quote
    // the file.
    content = parse(read(file), { merge: true, logLevel: 'error' });
  } catch (thrown) {
    if (thrown instanceof FledgeError) throw thrown;
    throw new FledgeError(
      'FLEDGE_CONFIG_FILE',
      `The settings file${shownPath(file)} cannot be read: ${whyUnreadable(thrown, file)}. Correct it, or set another file with -C FILE.`,
    );
  }
  if (content === null || content === undefined) return {};
  if (isMapping(content)) return content;
  throw new FledgeError(
    'FLEDGE_CONFIG_FILE',
    `The settings file${shownPath(file)} is not a mapping. Write one setting per line, such as "queues: [default, mailers]".`,
  );
}

/** Reads no more than the maximum size, so that an endless device is rejected too. */
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

/** Hides a URL that was passed instead of a path, because it may contain a password. */
function shownPath(file: string): string {
  return mayBeUrl(file) ? '' : ` ${file}`;
}

/** Returns where and why, without the line itself, which the parser's messages quote. */
function whyUnreadable(thrown: unknown, file: string): string {
  const error = asError(thrown);
  const { message } = error;
  if (thrown instanceof YAMLError) {
    const [{ line, col }] = thrown.linePos ?? [{ line: 1, col: 1 }];
    return `line ${line}, column ${col}: ${firstWords(message)}`;
  }
  // The system's message contains the path.
  if ('code' in error) return mayBeUrl(file) ? String(error.code) : message;
  return firstWords(message);
}

/** Cuts a parser's message before its first quotation. */
function firstWords(message: string): string {
  const [words = ''] = /^[A-Za-z ,()'-]*/.exec(message) ?? [];
  return words.trim();
}

function readSection(file: string, name: string, section: unknown): RawSettings {
  // `production:` with nothing below it is an empty section. Any other value that is not a mapping was meant as a setting.
  if (section === null) return {};
  const settings = [...keyOf.keys()];
  if (!isMapping(section)) {
    throw new FledgeError(
      'FLEDGE_SETTING_UNKNOWN',
      `${unknownName('setting', name, settings, file)} A section named after an environment (production: …) may have the same settings.`,
    );
  }
  const unknown = Object.keys(section).find((key) => !keyOf.has(key));
  if (unknown === undefined) return settingsOf(section, `${file} (${name})`);
  const meantSetting = didYouMean(name, settings);
  const notSection =
    meantSetting && ` Is${quoted(name) || ' the section'} meant as a setting?${meantSetting}`;
  throw new FledgeError(
    'FLEDGE_SETTING_UNKNOWN',
    `${unknownName('setting', unknown, settings, `the section${quoted(name)} in ${file}`)}${notSection}`,
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

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
