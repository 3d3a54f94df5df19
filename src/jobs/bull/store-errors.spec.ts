import { expect, it } from 'vitest';
import { FledgeError } from '../errors.js';
import { storeError } from './store-errors.js';

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
  ['ERR something new', 'FLEDGE_STORE_FAILED'],
])('%s → %s', (message, code) => {
  const error = storeError(new Error(message), 'redis://h:1/0', 'did not take the job', 'id-1');
  expect(error).toMatchObject({ code, unavailable: true, jobId: 'id-1' });
  expect(error.message).toContain('redis://h:1/0');
  expect(error.message).toContain(message);
});

it('leaves a coded error as it is', () => {
  const closed = new FledgeError('FLEDGE_STORE_CLOSED', 'closed');
  expect(storeError(closed, 'x', 'failed')).toBe(closed);
});
