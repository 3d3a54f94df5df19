import { closeSync, openSync, readSync } from 'node:fs';
import { parse, YAMLError } from 'yaml';
import { asError, FledgeError } from '../values/errors.js';
import { mayBeUrl } from '../values/quoted.js';

/**
 * The maximum size of a file in bytes, ten times what settings need. For some texts the parser's time grows with the square
 * of their length: the worst known text takes a few seconds at this size.
 */
const longest = 16 * 1024;

/** A mapping as the YAML parser returns it. */
export type Mapping = Readonly<Record<string, unknown>>;

/**
 * Returns the contents of `config/jobs.yml`.
 * @throws FledgeError `FLEDGE_CONFIG_FILE`
 */
export function loadSettingsFile(file: string): Mapping {
  let content: unknown;
  try {
    // Merge keys let sections share settings with `<<: *default`, as in Rails. The parser would print warnings, which quote
    // the file.
    content = parse(read(file), { merge: true, logLevel: 'error' });
  } catch (thrown) {
    if (thrown instanceof FledgeError) throw thrown;
    throw new FledgeError(
      'FLEDGE_CONFIG_FILE',
      `The settings file${shownPath(file)} cannot be read: ${whyUnreadable(thrown, file)}. Correct it, or set another file with JOBS_CONFIG, or with -C FILE for a worker.`,
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
    `The settings file${shownPath(file)} is longer than ${longest / 1024} KiB. Shorten it, or set another file with JOBS_CONFIG, or with -C FILE for a worker.`,
  );
}

/** Returns the path after a space, but no URL that was passed instead of a path, because it may contain a password. */
export function shownPath(file: string): string {
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

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
