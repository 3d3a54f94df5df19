import { unknownName } from '../../jobs/values/did-you-mean.js';
import { mayBeUrl } from '../../jobs/values/quoted.js';
import { environmentName, readRedisFile, type RedisFile, type StoreTarget } from '../../jobs/internals.js';
import { refuseRest } from './arguments.js';
import { UsageError, type Output } from './command.js';

/** A command as it was typed, for messages. */
export interface Typed {
  /** The command with its action, such as `dead retry <id>`. */
  readonly command: string;
  readonly output: Output;
  /** What may stand in place of the URL, such as `retry`. */
  readonly actions?: Iterable<string> | undefined;
  /** @default action */
  readonly kind?: string;
}

/**
 * Returns the store that a command works on: the URL that was typed, which is the last word, or else JOBS_URL, or else the
 * `redis:` section of the settings file.
 *
 * @throws UsageError, and for the settings file FledgeError `FLEDGE_CONFIG_FILE`, `FLEDGE_SETTING_…`
 */
export function storeUrl([word, ...rest]: readonly (string | undefined)[], typed: Typed): StoreTarget {
  const { command, output, actions = [], kind = 'action' } = typed;
  if (word && !word.includes(':'))
    throw new UsageError(
      [...actions].length === 0
        ? `The URL of the store is not a URL. Write fledge ${command} redis://host:6379.`
        : `${unknownName(kind, word, actions, `fledge ${command}`)} Write a URL as redis://host:6379.`,
    );
  refuseRest(
    rest.filter((one) => one !== undefined),
    `fledge ${command} [url]`,
  );
  if (word) return { from: 'the URL on the command line', store: word };
  const { env } = output;
  if (env.JOBS_URL) return { from: nameOf('JOBS_URL', output), store: env.JOBS_URL };
  const file = readRedisFile(env);
  if (file?.found) return { from: file.found.from, store: file.found };
  throw new UsageError(
    `No store is configured: ${[...whereNot(output), sectionNot(file, output)].join(', ')}. Write fledge ${command} redis://host:6379, set JOBS_URL, or add a redis section to config/jobs.yml.`,
  );
}

/** Returns a variable with the file that it comes from. */
function nameOf(variable: string, { variables }: Output): string {
  const file = variables.fileOf.get(variable);
  return file === undefined ? variable : `${variable} in ${file}`;
}

/** Where JOBS_URL was looked for. An empty variable overrides the files too. */
function whereNot(output: Output): string[] {
  const { env, variables } = output;
  if (env.JOBS_URL === '') return [`${nameOf('JOBS_URL', output)} is empty`];
  const ofFiles = variables.files.map(({ name, isThere }) =>
    isThere ? `${name} does not set it` : `${name} does not exist`,
  );
  return ['JOBS_URL is not set', ...ofFiles];
}

/** Why the settings file names no store. */
function sectionNot(file: RedisFile | undefined, output: Output): string {
  if (!file) return 'and config/jobs.yml does not exist';
  const name = shownFile(file.path);
  if (file.elsewhere.length === 0) return `and ${name} has no redis section`;
  const environment = environmentName(output.env);
  const why = output.env.NODE_ENV ? `${nameOf('NODE_ENV', output)} is ${environment}` : 'NODE_ENV is not set';
  return `and ${name} has a redis section only for ${file.elsewhere.join(', ')}, while ${why}`;
}

const shownFile = (path: string): string => (mayBeUrl(path) ? 'the settings file' : path);

/** The help for the word `url`. */
export const urlWord = {
  url: 'the store, as redis://host:6379, or as fledge help doctor explains. Default: JOBS_URL, also from .env, or the redis section of config/jobs.yml. The password can also be in JOBS_PASSWORD',
} as const;
