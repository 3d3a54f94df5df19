import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { asError } from '../../../values/errors.js';

/** What the parameters of a Redis URL say. */
export interface UrlParameters {
  readonly prefix?: string;
  readonly db?: string;
  readonly family?: 0 | 4 | 6;
  readonly tls?: ConnectionOptions;
}

type Refuse = (why: string) => never;
type Read = (value: string, before: UrlParameters, refuse: Refuse) => UrlParameters;

const families: Readonly<Record<string, 0 | 4 | 6>> = { '0': 0, '4': 4, '6': 6 };

/** Each parameter adds to the ones before it. The names are those of the SMTP URL where both have them. */
const readers: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['prefix', (prefix, before) => ({ ...before, prefix })],
  ['db', (db, before) => ({ ...before, db })],
  [
    'family',
    (value, before, refuse) => ({
      ...before,
      family: families[value] ?? refuse('its family is not 0, 4 or 6'),
    }),
  ],
  ['ca', (path, before, refuse) => withTls(before, { ca: fileOf('ca', path, refuse) })],
  ['cert', (path, before, refuse) => withTls(before, { cert: fileOf('cert', path, refuse) })],
  ['key', (path, before, refuse) => withTls(before, { key: fileOf('key', path, refuse) })],
  ['servername', (servername, before) => withTls(before, { servername })],
  [
    'rejectUnauthorized',
    (value, before, refuse) =>
      withTls(before, {
        rejectUnauthorized: truthOf(value) ?? refuse('its rejectUnauthorized is not true or false'),
      }),
  ],
]);

/**
 * Reads the parameters of a Redis URL.
 * @param refuse throws an error with the reason
 */
export function readParameters(parameters: URLSearchParams, refuse: Refuse): UrlParameters {
  let read: UrlParameters = {};
  for (const [name, value] of parameters) {
    const reader = readers.get(name);
    // Its name is not quoted. After a character that should be escaped, it may be a part of the password.
    if (!reader) return refuse(`it has a parameter other than ${[...readers.keys()].join(', ')}`);
    read = reader(value, read, refuse);
  }
  return read;
}

function withTls(before: UrlParameters, more: ConnectionOptions): UrlParameters {
  return { ...before, tls: { ...before.tls, ...more } };
}

function fileOf(name: string, path: string, refuse: Refuse): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const { code = 'unknown error' }: NodeJS.ErrnoException = asError(thrown);
    return refuse(`its ${name} names a file that cannot be read (${code})`);
  }
}

function truthOf(value: string): boolean | undefined {
  if (value === 'true') return true;
  return value === 'false' ? false : undefined;
}
