import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { asError } from '../../jobs/values/errors.js';
import { mayBeUrl } from '../../jobs/values/quoted.js';
import { UsageError } from './usage-error.js';

/** The variables of a command, and the files that some of them come from. */
export interface CommandEnv {
  readonly env: NodeJS.ProcessEnv;
  /** The file of each variable that the environment does not have. */
  readonly fileOf: ReadonlyMap<string, string>;
  /** The files that were read or looked for. */
  readonly files: readonly EnvFile[];
}

export interface EnvFile {
  /** As it was typed, or `.env`. A path that may be a URL is not shown. */
  readonly name: string;
  readonly isThere: boolean;
}

/** The variables without any file. */
export const withoutFiles = (env: NodeJS.ProcessEnv): CommandEnv => ({ env, fileOf: new Map(), files: [] });

/** A command line without `--env-file`. */
export interface CommandLine {
  readonly args: readonly string[];
  /** The files of `--env-file`. */
  readonly files: readonly string[];
}

/**
 * Takes `--env-file` off a command line.
 * @throws UsageError for a flag without a value
 */
export function takeEnvFiles(args: readonly string[]): CommandLine {
  const options = { 'env-file': { type: 'string' } } as const;
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const [files, taken] = [new Array<string>(), new Set<number>()];
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name !== 'env-file') continue;
    if (!token.value || token.value.startsWith('--'))
      throw new UsageError('--env-file needs the path of a file. Write --env-file .env.local.');
    files.push(token.value);
    taken.add(token.index);
    if (!token.inlineValue) taken.add(token.index + 1);
  }
  return { args: args.filter((_, at) => !taken.has(at)), files };
}

/**
 * Adds the variables of `.env`, or of the files of `--env-file`, as `ConfigModule.forRoot()` of @nestjs/config does: the
 * environment overrides the files, the first file that has a variable counts, and `${X}` is not expanded.
 *
 * @param folder where `.env` is; undefined to read only the named files
 * @param named the files of `--env-file`
 * @throws UsageError
 */
export async function readEnvFiles(
  env: NodeJS.ProcessEnv,
  folder: string | undefined,
  named: readonly string[],
): Promise<CommandEnv> {
  const usual = folder === undefined ? undefined : join(folder, '.env');
  if (named.length === 0 && usual === undefined) return withoutFiles(env);
  if (named.length === 0 && !isFile(usual))
    return { env, fileOf: new Map(), files: [{ name: '.env', isThere: false }] };
  // Loaded only now, because most health checks find no file.
  const { parse } = await import('dotenv');
  const merged = { ...env };
  const fileOf = new Map<string, string>();
  const files = named.length === 0 ? [{ path: usual, name: '.env' }] : named.map(shown);
  for (const { path, name } of files) {
    for (const [variable, value] of Object.entries(parse(read(path)))) {
      if (Object.hasOwn(merged, variable)) continue;
      merged[variable] = value;
      fileOf.set(variable, name);
    }
  }
  return { env: merged, fileOf, files: files.map(({ name }) => ({ name, isThere: true })) };
}

const shown = (path: string): { path: string; name: string } => ({
  path,
  name: mayBeUrl(path) ? 'the file of --env-file' : path,
});

/** A folder called `.env` is not meant, for example one of Python. */
function isFile(path: string | undefined): path is string {
  const found = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
  return found !== undefined && !found.isDirectory();
}

function read(path: string | undefined): string {
  try {
    return readFileSync(path ?? '', 'utf8');
  } catch (thrown) {
    const { code = 'unknown error' }: NodeJS.ErrnoException = asError(thrown);
    const name = path === undefined || mayBeUrl(path) ? 'A file' : path;
    throw new UsageError(`${name} cannot be read (${code}). Pass the path of a file as --env-file.`);
  }
}
