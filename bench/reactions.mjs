// npm run bench:reactions [-- --rounds 5] [--json]: how soon running jobs and worker processes react, on a private Redis.
import { NestFactory } from '@nestjs/core';
import { JobsService } from 'nestjs-fledge';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findRedisServer, startPrivateRedis } from '../dist/testing/redis/private-redis.js';
import { LongJob, ReactionsModule } from './reaction-worker.mjs';

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
});
const rounds = Number(flags.rounds);
if (!(rounds >= 1)) throw new Error('--rounds takes a number of 1 or more');
const command = findRedisServer();
if (!command) throw new Error('The benchmark needs redis-server on the PATH: install it.');
const redis = await startPrivateRedis(command);
process.env.JOBS_URL = redis.url;
const app = await NestFactory.createApplicationContext(ReactionsModule, { logger: ['fatal'] });
const jobs = app.get(JobsService);

/** A worker process, and the moments that it reports. */
function startWorker() {
  const child = fork(fileURLToPath(new URL('reaction-worker.mjs', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, JOBS_LOG_LEVEL: 'fatal' },
  });
  const exited = once(child, 'exit').then(() => Date.now());
  const next = (event) =>
    new Promise((resolve) => {
      child.on('message', function listen(message) {
        if (message.event !== event) return;
        child.off('message', listen);
        resolve(message.at);
      });
    });
  return { child, exited, next };
}

/** Starts a worker and a job in it. */
async function runningJob() {
  const worker = startWorker();
  const started = worker.next('started');
  const { id } = await jobs.enqueue(LongJob);
  await started;
  return { ...worker, id };
}

const cases = {
  async 'cancel a running job, until its signal aborts'() {
    const { child, exited, next, id } = await runningJob();
    const aborted = next('aborted');
    const askedAt = Date.now();
    await jobs.cancel(id);
    const took = (await aborted) - askedAt;
    child.kill('SIGTERM');
    await exited;
    return took;
  },
  async 'SIGTERM, until the signal of a running job aborts'() {
    const { child, exited, next, id } = await runningJob();
    const aborted = next('aborted');
    const askedAt = Date.now();
    child.kill('SIGTERM');
    const took = (await aborted) - askedAt;
    await exited;
    await jobs.cancel(id);
    return took;
  },
  async 'cancel and SIGTERM, until the process has exited'() {
    const { child, exited, next, id } = await runningJob();
    const aborted = next('aborted');
    await jobs.cancel(id);
    await aborted;
    const askedAt = Date.now();
    child.kill('SIGTERM');
    return (await exited) - askedAt;
  },
  async 'kill -9, until another worker starts the job'() {
    const killed = await runningJob();
    const other = startWorker();
    const again = other.next('started');
    const askedAt = Date.now();
    killed.child.kill('SIGKILL');
    const took = (await again) - askedAt;
    await jobs.cancel(killed.id);
    other.child.kill('SIGTERM');
    await other.exited;
    return took;
  },
};

const rows = [];
try {
  for (const [name, measure] of Object.entries(cases)) {
    const times = [];
    for (let round = 0; round < rounds; round++) times.push(await measure());
    times.sort((a, b) => a - b);
    rows.push({ case: name, least: times[0], median: times[Math.floor(rounds / 2)], most: times.at(-1) });
  }
} finally {
  await app.close();
  await redis.stop();
}

const machine = `${cpus().length} × ${cpus()[0].model.trim()}, Node ${process.version}, ${command}`;
if (flags.json) console.log(JSON.stringify({ machine, rounds, rows }));
else {
  console.log(`${machine}; ${rounds} rounds, in milliseconds: least, median, most\n`);
  for (const { case: name, least, median, most } of rows)
    console.log(`${name.padEnd(52)} ${[least, median, most].map((ms) => String(ms).padStart(7)).join('')}`);
}
