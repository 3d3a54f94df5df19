import { parseArgs } from 'node:util';
import { FledgeError } from '../../values/errors.js';
import { didYouMean, unknownName } from '../../values/did-you-mean.js';
import { quoted } from '../../values/quoted.js';
import { namedIn, namesOf, settingKeys, type RawSettings } from './raw-settings.js';

/** The parsed command line. */
export interface Flags {
  readonly settings: RawSettings;
  /** `-C`, `--config`: the settings file. */
  readonly config?: string;
  /** Validate, connect, print the report and exit. */
  readonly check: boolean;
  readonly help: boolean;
}

/** The setting of each flag. */
const keyOf = namedIn('flag');
const switches = ['check', 'help'];
const known = [...keyOf.keys(), 'config', ...switches];

const definitions = {
  ...Object.fromEntries(
    [...keyOf].map(([flag, key]) => {
      const { short } = namesOf(key);
      return [flag, { type: 'string' as const, ...(short === undefined ? {} : { short }) }];
    }),
  ),
  config: { type: 'string' as const, short: 'C' },
  check: { type: 'boolean' as const },
  help: { type: 'boolean' as const, short: 'h' },
};

/**
 * @param args as `process.argv.slice(2)`
 * @throws FledgeError `FLEDGE_SETTING_UNKNOWN`, `FLEDGE_SETTING_INVALID`
 */
export function parseFlags(args: readonly string[]): Flags {
  // Not strict, because Node's error messages don't suggest the nearest flag.
  const { tokens } = parseArgs({
    args: [...args],
    options: definitions,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string>();
  const given = new Set<string>();
  for (const token of tokens) {
    if (token.kind === 'positional') throw unexpected(token.value);
    if (token.kind !== 'option') continue;
    if (!known.includes(token.name)) throw unknownFlag(token.rawName);
    given.add(token.name);
    if (!switches.includes(token.name)) addValue(values, token.name, token.rawName, token.value);
  }
  const settings: RawSettings = Object.fromEntries(
    [...keyOf]
      .filter(([flag]) => values.has(flag))
      .map(([flag, key]) => [key, { value: values.get(flag), from: `--${flag}` }]),
  );
  const config = values.get('config');
  const flags = { settings, check: given.has('check'), help: given.has('help') };
  return config === undefined ? flags : { ...flags, config };
}

/** A list may be split over several flags, as in Sidekiq's `-q default -q mailers`. Of other flags the last one counts. */
function addValue(
  values: Map<string, string>,
  name: string,
  rawName: string,
  value: string | undefined,
): void {
  if (value === undefined || value.startsWith('--')) {
    const key = keyOf.get(name);
    const example = key ? namesOf(key).form : 'config/jobs.yml';
    throw new FledgeError('FLEDGE_SETTING_INVALID', `${rawName} needs a value: ${rawName} ${example}.`);
  }
  const before = values.get(name);
  const isList = name === 'queues' || name === 'exclude-queues';
  values.set(name, isList && before !== undefined ? `${before},${value}` : value);
}

function unknownFlag(rawName: string): FledgeError {
  return new FledgeError('FLEDGE_SETTING_UNKNOWN', unknownName('flag', rawName, known.map(dashed)));
}

function unexpected(argument: string): FledgeError {
  return new FledgeError(
    'FLEDGE_SETTING_UNKNOWN',
    `Unexpected argument${quoted(argument)}: a worker takes only flags.${didYouMean(`--${argument}`, known.map(dashed))} See --help.`,
  );
}

const dashed = (name: string): string => `--${name}`;

/** Returns the text of `--help`. */
export function usage(): string {
  const rows = settingKeys.map((key) => {
    const { flag, short, env, form, help } = namesOf(key);
    const names = [short && `-${short}`, flag && `--${flag}`].filter(Boolean).join(', ');
    return [names || env, form, names ? `${help} [${env}]` : help] as const;
  });
  const all: readonly (readonly [string, string, string])[] = [
    ['-C, --config', 'FILE', 'settings file [JOBS_CONFIG]; config/jobs.yml by default, if it exists'],
    ...rows,
    [
      '--check',
      '',
      'validate everything, connect, print a report and exit: 0 good, 1 no store, 2 wrong settings',
    ],
    ['-h, --help', '', 'print this help'],
  ];
  const width = (column: 0 | 1): number => Math.max(...all.map((row) => row[column].length)) + 2;
  const [first, second] = [width(0), width(1)];
  const lines = all.map(([name, form, help]) => `  ${name.padEnd(first)}${form.padEnd(second)}${help}`);
  return [
    'Runs the jobs of this application until it is stopped.',
    '',
    'Flags override the environment, which overrides the file, which overrides JobsModule.forRoot.',
    'The store is the url of JobsModule.forRoot, or else JOBS_URL, or else the redis section of the file.',
    '',
    ...lines,
    '',
    'Signals: TERM and INT stop, a second INT exits at once, TSTP stops taking jobs, TTIN logs the running jobs.',
    'Exit codes: 0 clean, 1 could not start or crashed, 2 wrong settings, 3 unfinished jobs could not be handed back,',
    '130 exited at once.',
  ].join('\n');
}
