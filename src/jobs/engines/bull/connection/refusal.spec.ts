import { expect, it } from 'vitest';
import { isDataFault, isRefusal } from './refusal.js';

function reply(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}

const place = ' script: 5d16ba32b1ea1b7ff71a2b3a0a9f5d1c1c1f8f1e, on @user_script:88.';

it.each([
  `WRONGTYPE Operation against a key holding the wrong kind of value${place}`,
  `ERR hash value is not an integer${place}`,
  `ERR value is not an integer or out of range${place}`,
  `ERR value is not a valid float${place}`,
  `ERR increment or decrement would overflow${place}`,
  `ERR user_script:214: attempt to perform arithmetic on a nil value${place}`,
  `ERR user_script:214: Expected object key string but found invalid token at character 2${place}`,
  `ERR user_script:30: Missing bytes in input.${place}`,
  `ERR Lua redis lib command arguments must be strings or integers${place}`,
  // Redis 6.
  'ERR Error running script (call to f_5d16): @user_script:88: WRONGTYPE Operation against a key holding the wrong kind of value',
  'ERR Error running script (call to f_5d16): @user_script:214: user_script:214: attempt to compare nil with number',
])('takes for a fault of the data: %s', (message) => {
  expect([isDataFault(reply(message)), isRefusal(reply(message))]).toEqual([true, false]);
});

it.each([
  "OOM command not allowed when used memory > 'maxmemory'.",
  `OOM command not allowed when used memory > 'maxmemory'.${place}`,
  "ERR Error running script (call to f_5d16): @user_script: 14: -OOM command not allowed when used memory > 'maxmemory'.",
  `READONLY You can't write against a read only replica.${place}`,
  `MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.${place}`,
  `NOPERM User worker has no permissions to run the 'hset' command${place}`,
  'LOADING Redis is loading the dataset in memory',
  'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
  `ERR Script killed by user with SCRIPT KILL.${place}`,
  'NOREPLICAS Not enough good replicas to write.',
  'CLUSTERDOWN The cluster is down',
])('takes for a refusal of the store: %s', (message) => {
  expect([isDataFault(reply(message)), isRefusal(reply(message))]).toEqual([false, true]);
});

it('is neither for an error that the server did not answer with', () => {
  const lost = new Error('Connection is closed. WRONGTYPE');
  expect([isDataFault(lost), isRefusal(lost)]).toEqual([false, false]);
});
