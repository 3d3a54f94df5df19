import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { FledgeError } from '../../src/jobs/values/errors.js';
import { readRedisFile } from '../../src/jobs/config/redis-file.js';
import { resolveOptions } from '../../src/jobs/config/resolved-options.js';
import { parseFlags } from '../../src/jobs/worker/settings/flags.js';
import { settingKeys, namesOf } from '../../src/jobs/worker/settings/raw-settings.js';
import {
  readSources,
  resolveSettings,
  type WorkerSettings,
} from '../../src/jobs/worker/settings/settings.js';
import { fuzz } from '../support/fuzz.js';

const longest = 16 * 1024;
const options = resolveOptions({ queues: { default: {}, mailers: {} } }, {});

/** Returns a function that reads a settings file as a worker does. It returns the settings or the error. */
function reader(): (content: string | Uint8Array) => WorkerSettings | FledgeError {
  const directory = mkdtempSync(join(tmpdir(), 'fledge-config-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'jobs.yml');
  return (content) => {
    writeFileSync(file, content);
    return fromFile(file);
  };
}

function fromFile(file: string): WorkerSettings | FledgeError {
  try {
    const env = { JOBS_CONFIG: file, NODE_ENV: 'production' };
    readRedisFile(env);
    return resolveSettings(options, readSources(parseFlags(['-C', file]), env));
  } catch (thrown) {
    if (thrown instanceof FledgeError) return thrown;
    throw thrown;
  }
}

const ofRedis = [
  'redis',
  'url',
  'sentinel',
  'cluster',
  'nodes',
  'name',
  'host',
  'port',
  'tls',
  'database',
  'family',
];
const names = settingKeys.flatMap((key) => namesOf(key).yml ?? []);
const name = fc.oneof(
  fc.constantFrom(...names, ...ofRedis, 'production', '<<', '__proto__', 'default'),
  fc.string(),
);
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constantFrom(null, '10s', 'off', '${A}', '${A:-b', '$${', 'h:1,h:2'),
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }).map((pairs) => new Map(pairs)),
  ),
})).value;

/** Pieces of YAML syntax: anchors, aliases, tags, merge keys, directives, block scalars, documents. */
const syntax = [
  [
    '- ',
    ': ',
    '? ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '#',
    '&a ',
    '*a',
    '!',
    '!!js/function ',
    '|\n',
    '>\n',
    '%YAML 1.1\n',
  ],
  [
    '"',
    "'",
    '\n',
    '  ',
    '\t',
    '\r',
    '---\n',
    '...\n',
    '<<: *a\n',
    '<<: [*a, *a]\n',
    '\ufeff',
    '\u0000',
    '\u2028',
  ],
  ['queues', 'concurrency: ', 'production:\n  ', '- &a [*a]\n', '1e999', '.nan', '0x1F', '~'],
].flat();

const filled = (piece: string): string => piece.repeat(Math.floor(longest / Buffer.byteLength(piece)));

const text = fc.oneof(
  fc.array(fc.tuple(name, value), { maxLength: 5 }).map((pairs) => stringify(new Map(pairs))),
  fc
    .array(fc.oneof(fc.constantFrom(...syntax), fc.string({ unit: 'binary' })), { maxLength: 40 })
    .map((all) => all.join('')),
);

describe('config/jobs.yml', () => {
  it('any text results in settings or in an error with a code', () => {
    const read = reader();
    fc.assert(
      fc.property(fc.oneof(text, fc.uint8Array({ maxLength: 200 })), (content) => {
        read(content);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      fuzz(300),
    );
  });

  // Text for which a parser may take quadratic time. The time limit of the test is the assertion.
  it('a full file of one repeated text is read in seconds', () => {
    const read = reader();
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...syntax), { minLength: 1, maxLength: 3 }), (pieces) => {
        read(filled(pieces.join('')));
      }),
      fuzz(5),
    );
  });

  it(
    'a full file of the slowest known text is read in seconds',
    () => expect(reader()(filled('- &a [*a]\n'))).toMatchObject({ code: 'FLEDGE_CONFIG_FILE' }),
    120_000,
  );

  it('a file with the largest number of keys is read in seconds', () => {
    const keys = Array.from({ length: 3_000 }, (_, n) => `${n.toString(36)}:\n`).join('');
    expect(reader()(keys)).toMatchObject({ code: 'FLEDGE_CONFIG_FILE' });
  });

  it.each([
    ['longer than 16 KiB', 'x'.repeat(longest + 1)],
    ['of fifty thousand keys', Array.from({ length: 50_000 }, (_, n) => `k${n}: 1\n`).join('')],
  ])('a file is refused unread if it is %s', (_, content) =>
    expect(reader()(content)).toMatchObject({
      code: 'FLEDGE_CONFIG_FILE',
      message: expect.stringContaining('is longer than 16 KiB. Shorten it') as string,
    }),
  );

  it('a file without an end is refused', () =>
    expect(fromFile('/dev/zero')).toMatchObject({ code: 'FLEDGE_CONFIG_FILE' }));

  it('a file of 16 KiB is accepted', () =>
    expect(reader()(`queues: [default]\n#${'x'.repeat(longest - 19)}`)).toMatchObject({
      queues: [{ name: 'default' }],
    }));
});
