// Restarts workers with SIGTERM under constant load and counts what was lost or run twice.
//   npm run soak:restarts -- --minutes 5 --rate 5 --max-job 60s --workers 3 --restart-every 3s [--json]
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Job, JobsModule, JobsService } from 'nestjs-fledge';
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findRedisServer, startPrivateRedis } from '../dist/testing/redis/private-redis.js';
import { readLedger } from './ledger.mjs';

const { values: flags } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seconds: { type: 'string' },
    rate: { type: 'string', default: '5' },
    'max-job': { type: 'string', default: '60s' },
    workers: { type: 'string', default: '3' },
    concurrency: { type: 'string', default: '40' },
    'restart-every': { type: 'string', default: '3s' },
    'shutdown-timeout': { type: 'string', default: '10s' },
    json: { type: 'boolean', default: false },
  },
});
const milliseconds = (text) => {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  if (number === undefined) throw new Error(`${text} is no duration: write 500ms, 10s or 2m`);
  return Number(number) * { ms: 1, s: 1_000, m: 60_000 }[unit];
};
const span = flags.seconds ? Number(flags.seconds) * 1_000 : Number(flags.minutes ?? '2') * 60_000;
const rate = Number(flags.rate);
const longest = milliseconds(flags['max-job']);
const restartEvery = milliseconds(flags['restart-every']);
if (![span, rate, Number(flags.workers), Number(flags.concurrency)].every((number) => number > 0)) {
  throw new Error('--minutes, --seconds, --rate, --workers and --concurrency take numbers above 0');
}
const say = (text) => flags.json || console.log(text);

const directory = mkdtempSync(join(tmpdir(), 'fledge-soak-'));
const ledger = join(directory, 'ledger');
writeFileSync(ledger, '');
const redis = process.env.JOBS_URL ? undefined : await privateRedis();
const url = process.env.JOBS_URL ?? redis.url;

async function privateRedis() {
  const command = findRedisServer();
  if (!command) throw new Error('No redis-server is on the PATH. Install it, or set JOBS_URL=redis://….');
  return startPrivateRedis(command);
}

// ── the workers ─────────────────────────────────────────────────────────────
const running = [];
process.on('exit', () => running.forEach(({ child }) => child.kill('SIGKILL')));
const exits = [];
const entry = fileURLToPath(new URL('worker.mjs', import.meta.url));

function startWorker() {
  const args = [entry, '-c', flags.concurrency, '-t', flags['shutdown-timeout'], '--log-level', 'warn'];
  const env = { PATH: process.env.PATH, JOBS_URL: url, LEDGER: ledger, JOBS_LOG_FORMAT: 'text' };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const worker = {
    child,
    up: new Promise((resolve) => child.once('message', resolve)),
    ended: new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal))),
  };
  void worker.ended.then((code) => exits.push(code));
  running.push(worker);
}

/**
 * As a rolling deploy: the oldest goes, its successor comes at the same time. On a busy machine, where a worker takes long to
 * start, it waits until the oldest works, and goes on until each of the first workers was restarted.
 */
async function restartWorkers(until) {
  for (let restarts = 0; Date.now() < until || restarts < Number(flags.workers); restarts++) {
    const [oldest] = running;
    await Promise.race([oldest.up, oldest.ended]);
    await sleep(restartEvery);
    running.shift().child.kill('SIGTERM');
    startWorker();
  }
}

// ── the load ────────────────────────────────────────────────────────────────
class SoakJob {
  async perform() {}
}
Job()(SoakJob);
class WebModule {}
Module({ imports: [JobsModule.forRoot({ url, queues: { default: {} } })], providers: [SoakJob] })(WebModule);

async function load(jobs, enqueued, restarting) {
  const startedAt = Date.now();
  let isOver = false;
  void restarting.finally(() => (isOver = true));
  while (!isOver) {
    const due = Math.floor(((Date.now() - startedAt) / 1_000) * rate) - enqueued.length;
    for (let i = 0; i < due; i++) {
      // Most are short, some take as long as they may.
      const ms = Math.round(longest * Math.random() ** 3);
      enqueued.push((await jobs.enqueue(SoakJob, { ms, heeds: enqueued.length % 2 === 0 })).id);
    }
    await sleep(20);
  }
}

// With --json the standard output is for the result alone.
const logger = flags.json ? false : ['error', 'warn'];
const web = await NestFactory.createApplicationContext(WebModule, { logger });
const enqueued = [];
for (let i = 0; i < Number(flags.workers); i++) startWorker();
say(
  `${flags.workers} workers × ${flags.concurrency} on ${redis ? 'a private Redis' : 'JOBS_URL'}; ${rate} jobs/s of 0 to ${longest / 1_000} s for ${span / 1_000} s; one worker restarts every ${restartEvery / 1_000} s`,
);
await load(web.get(JobsService), enqueued, restartWorkers(Date.now() + span));
say(`${enqueued.length} jobs enqueued, ${exits.length} workers restarted; waiting until all is done`);

// Whatever is still there after this long will not come any more.
const patience = Date.now() + 2 * longest + 60_000;
while (Date.now() < patience && readLedger(ledger, enqueued).result.lost > 0) await sleep(200);
for (const { child } of running) child.kill('SIGTERM');
await Promise.all(running.map(({ ended }) => ended));
await web.close();
await redis?.stop();

const { handedBack, result } = readLedger(ledger, enqueued);
await rm(directory, { recursive: true, force: true });
if (flags.json) console.log(JSON.stringify(result));
else {
  console.table([result]);
  const codes = [...new Set(exits)].map((code) => `${code} × ${exits.filter((one) => one === code).length}`);
  console.log(`${handedBack} jobs were handed back; workers ended with ${codes.join(', ')}`);
}
// SIGTERM itself ends a process that has not loaded its program yet, as on a busy machine: it had no job.
const isFine = (code) => code === 0 || code === 'SIGTERM';
const failed = result.lost + result.repeated + result.attemptsSpent > 0 || !exits.every(isFine);
process.exitCode = failed ? 1 : 0;
