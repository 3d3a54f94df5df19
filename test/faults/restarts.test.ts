import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { requireRedisServer } from '../support/redis-server.js';

const soak = fileURLToPath(new URL('../../soak/restarts.mjs', import.meta.url));

it('loses and repeats no job and uses no attempt while workers restart under load', async () => {
  // The script looks for redis-server on the PATH.
  requireRedisServer();
  // A stop reserves half of its time for closing, and a fifth of that for putting jobs back: here one second, as by default.
  const load = ['--seconds', '10', '--rate', '20', '--max-job', '9s'];
  const restarts = ['--restart-every', '1500ms', '--shutdown-timeout', '10s', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, [soak, ...load, ...restarts], {
    env: { PATH: process.env.PATH },
  });
  const result = JSON.parse(stdout) as Record<string, number>;
  expect(Object.keys(result)).toEqual([
    'enqueued',
    'completed',
    'lost',
    'repeated',
    'attemptsSpent',
    'slowestHandBackMs',
    'endedTooLate',
  ]);
  expect(result).toMatchObject({ completed: result.enqueued, lost: 0, repeated: 0, attemptsSpent: 0 });
  expect(result.enqueued).toBeGreaterThan(150);
  // Jobs were handed back. How fast is a figure of the soak test itself.
  expect(result.slowestHandBackMs).toBeGreaterThan(0);
});
