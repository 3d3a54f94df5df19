import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FledgeError } from '../../../values/errors.js';
import { parseRedisUrl } from './redis-url.js';
import { StoreErrors, problemOf } from './store-errors.js';

const errorsOf = (url: string): StoreErrors => new StoreErrors(parseRedisUrl(url, undefined));

it.each([
  ["OOM command not allowed when used memory > 'maxmemory'.", 'FLEDGE_STORE_FULL'],
  ["READONLY You can't write against a read only replica.", 'FLEDGE_STORE_READONLY'],
  [
    'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist on disk.',
    'FLEDGE_STORE_SNAPSHOT',
  ],
  ['LOADING Redis is loading the dataset in memory', 'FLEDGE_STORE_LOADING'],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'FLEDGE_STORE_AUTH'],
  ['NOAUTH Authentication required.', 'FLEDGE_STORE_AUTH'],
  ["NOPERM this user has no permissions to run the 'evalsha' command", 'FLEDGE_STORE_PERMISSION'],
  ['Command timed out', 'FLEDGE_STORE_TIMEOUT'],
  ['connect ECONNREFUSED 127.0.0.1:6379', 'FLEDGE_STORE_UNREACHABLE'],
  ['getaddrinfo ENOTFOUND nowhere.test', 'FLEDGE_STORE_HOST_UNKNOWN'],
  ['connect ETIMEDOUT', 'FLEDGE_STORE_UNREACHABLE'],
  ['Connection is closed.', 'FLEDGE_STORE_UNREACHABLE'],
  ['self-signed certificate', 'FLEDGE_STORE_TLS'],
  ['ERR DB index is out of range', 'FLEDGE_STORE_UNREACHABLE'],
  ['ERR something new', 'FLEDGE_STORE_FAILED'],
])('%s → %s', (message, code) => {
  const error = errorsOf('redis://h:1').failure(new Error(message), 'did not take the job', 'id-1');
  expect(error).toMatchObject({ code, unavailable: true, jobId: 'id-1' });
  expect(error.message).toContain('redis://h:1/0');
  expect(error.message).toContain(message);
});

it('returns a coded error unchanged', () => {
  const closed = new FledgeError('FLEDGE_STORE_CLOSED', 'closed');
  expect(errorsOf('redis://h').failure(closed, 'failed')).toBe(closed);
});

describe('a server that repeats what it was sent', () => {
  it.each([
    ["ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'app' 's3cret99' ", "'HELLO' …"],
    ['ERR unknown command `auth`, with args beginning with: `s3c', '`auth` …'],
    ['ERR unknown command: *5 $5 HELLO $1 3 $4 AUTH $3 app $8 s3cret99', ': *5 …'],
    ['ERR unknown command', 'unknown command'],
    ['ERR I got s3cret99', 'I got ***'],
  ])('%s', (message, words) => {
    const thrown = Object.assign(new Error(message), {
      command: { name: 'auth', args: ['app', 's3cret99'] },
    });
    const error = errorsOf('redis://app:s3cret99@h').failure(thrown, 'did not answer');
    expect(error.message).toContain(words);
    expect(inspect(error)).not.toMatch(/s3c/);
  });

  it('is understood even if the password is a word of its message', () => {
    const errors = errorsOf('redis://:password@h');
    const bare = errors.bare(new Error('WRONGPASS invalid username-password pair or user is disabled.'));
    expect(bare.message).toBe('WRONGPASS invalid username-*** pair or user is disabled.');
    expect(problemOf(bare).code).toBe('FLEDGE_STORE_AUTH');
    expect(errors.bare(bare)).toBe(bare);
  });

  it('may name the user, but not a user without a password, which may be a password itself', () => {
    const noperm = new Error('NOPERM User jobsapp has no permissions');
    expect(errorsOf('redis://jobsapp:s3cret99@h').bare(noperm).message).toContain('jobsapp');
    expect(errorsOf('redis://jobsapp@h').bare(noperm).message).not.toContain('jobsapp');
  });
});
