// Ten methods of @nestjs/schedule, adopted by three workers, next to a web process. The workers restart in order, and after that
// one is killed again and again. Counts the ticks that ran twice or not at all.
//   npm run soak:cron -- --seconds 120 --kill-seconds 60 --workers 3 --restart-every 5s [--json]
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findRedisServer, startPrivateRedis } from '../dist/testing/redis/private-redis.js';
import { methods } from './cron-app.mjs';
import { readCronLedger } from './cron-ledger.mjs';

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    'kill-seconds': { type: 'string', default: '60' },
    workers: { type: 'string', default: '3' },
    'restart-every': { type: 'string', default: '5s' },
    json: { type: 'boolean', default: false },
  },
});
const restartEvery = Number(/^(\d+)s$/.exec(flags['restart-every'])?.[1]) * 1_000;
const [orderly, killing, workers] = [flags.seconds, flags['kill-seconds'], flags.workers].map(Number);
if (![orderly, workers, restartEvery].every((number) => number > 0) || !(killing >= 0))
  throw new Error(
    '--seconds, --kill-seconds, --workers and --restart-every take numbers above 0, the last one like 5s',
  );

const command = findRedisServer();
if (!command) throw new Error('No redis-server is on the PATH. Install it.');
const directory = mkdtempSync(join(tmpdir(), 'fledge-cron-'));
const redis = await startPrivateRedis(command);
const entry = fileURLToPath(new URL('cron-app.mjs', import.meta.url));
const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

function start(ledger, ...args) {
  const env = { PATH: process.env.PATH, JOBS_URL: redis.url, LEDGER: ledger, TZ: 'UTC' };
  const child = spawn(process.execPath, [entry, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  children.add(child);
  const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
  void ended.then(() => children.delete(child));
  return { child, ended };
}

async function until(what, condition) {
  for (const end = Date.now() + 120_000; !condition(); await sleep(100))
    if (Date.now() > end) throw new Error(`Waited two minutes until ${what}`);
}

/** Replaces the oldest worker every few seconds, and returns what the ledger says of that time. */
async function phase(name, seconds, signal) {
  const ledger = join(directory, name);
  writeFileSync(ledger, '');
  const web = start(ledger, 'web');
  const running = Array.from({ length: workers }, () => start(ledger, '--log-level', 'error'));
  const stopping = [];
  await until(
    'every method has run',
    () => readCronLedger(ledger, methods, 0).methods === Object.keys(methods).length,
  );
  const end = Date.now() + seconds * 1_000;
  while (Date.now() + restartEvery < end) {
    await sleep(restartEvery);
    const oldest = running.shift();
    oldest.child.kill(signal);
    stopping.push(oldest);
    running.push(start(ledger, '--log-level', 'error'));
  }
  await sleep(Math.max(0, end - Date.now()));
  // A run of a killed worker starts again once its lock has expired.
  await until(
    'every run has ended',
    () => readCronLedger(ledger, methods, end).unfinished === 0 || signal === 'SIGTERM',
  );
  const result = readCronLedger(ledger, methods, Math.min(end, Date.now() - 2_000));
  for (const { child } of [web, ...running]) child.kill('SIGTERM');
  // On a busy machine a worker may still be stopping that was replaced long ago. It needs the store and the ledger.
  await Promise.all([web, ...running, ...stopping].map(({ ended }) => ended));
  const { unfinished } = readCronLedger(ledger, methods, Date.now());
  return { phase: name, ...result, unfinished };
}

const results = [await phase('restarts', orderly, 'SIGTERM')];
if (killing > 0) results.push(await phase('kills', killing, 'SIGKILL'));
await redis.stop();
await rm(directory, { recursive: true, force: true });
if (flags.json) console.log(JSON.stringify(results));
else console.table(results);
const [restarts, kills] = results;
const failed =
  restarts.repeated +
  results.reduce((sum, { missed, unfinished, outside }) => sum + missed + unfinished + Math.abs(outside), 0);
process.exitCode = failed > 0 || (kills && kills.methods < 10) ? 1 : 0;
