import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { requireRedisServer } from '../support/redis-server.js';

const soak = fileURLToPath(new URL('../../soak/cron.mjs', import.meta.url));

it('runs each tick of ten @Cron methods once while three workers restart next to a web process', async () => {
  // The script looks for redis-server on the PATH.
  requireRedisServer();
  const flags = ['--seconds', '7', '--kill-seconds', '0', '--restart-every', '2s', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, [soak, ...flags], {
    env: { PATH: process.env.PATH },
  });
  const [result] = JSON.parse(stdout) as Record<string, number>[];
  expect(result).toMatchObject({ methods: 10, repeated: 0, missed: 0, unfinished: 0, outside: 0 });
  expect(result?.ticks).toBeGreaterThan(20);
});
