// A million jobs of all fates through one worker: does the store grow with them, once retention is reached?
//   npm run soak:retention -- --jobs 1000000 [--json]
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { DiscardJob, Job, JobEvents, JobsModule, JobsService, JobsWorker } from 'nestjs-fledge';
import { setImmediate as turn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findRedisServer, startPrivateRedis } from '../dist/testing/redis/private-redis.js';

const { values: flags } = parseArgs({
  options: { jobs: { type: 'string', default: '1000000' }, json: { type: 'boolean', default: false } },
});
const total = Number(flags.jobs);
if (!(total >= 1_000)) throw new Error('--jobs takes a number of 1,000 or more');
const command = findRedisServer();
if (!command) throw new Error('The soak needs redis-server on the PATH: install it.');
const redis = await startPrivateRedis(command);

/** Of twenty jobs seventeen complete, one fails first, one dies and one is discarded. */
class SoakJob {
  async perform({ n }, { attempt, log }) {
    if (n % 100 === 0) await log(`job ${n}`);
    if (n % 20 === 1 && attempt === 1) throw new Error('not yet');
    if (n % 20 === 2) throw new Error(`never: ${n}`);
    if (n % 20 === 3) throw new DiscardJob('pointless');
    return { n };
  }
}
Job({ attempts: 2, backoff: 1, unique: { by: ['n'], for: '1h' } })(SoakJob);

class SoakModule {}
Module({
  imports: [JobsModule.forRoot({ url: redis.url, queues: { default: { concurrency: 50 } } })],
  providers: [SoakJob],
})(SoakModule);

const app = await NestFactory.createApplicationContext(SoakModule, { logger: ['fatal'] });
let ended = 0;
app.get(JobEvents).subscribe((event) => {
  if (event.type === 'finished' && event.outcome.retryIn === undefined) ended += 1;
});
await app.get(JobsWorker).start();

const client = new Redis(redis.port, '127.0.0.1');
const samples = [];
async function sample() {
  const info = await client.info('memory');
  const used = Number(/used_memory:(\d+)/.exec(info)[1]);
  const [completed, dead] = await Promise.all([
    client.zcard('{fledge}:default:completed'),
    client.zcard('{fledge}:default:failed'),
  ]);
  const row = {
    jobs: ended,
    store: used,
    keys: await client.dbsize(),
    completed,
    dead,
    worker: process.memoryUsage.rss(),
  };
  samples.push(row);
  if (flags.json) return;
  const mb = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  console.log(
    `${String(ended).padStart(9)} jobs  store ${mb(used)}  ${row.keys} keys (${completed} completed, ${dead} dead kept)  worker ${mb(row.worker)}`,
  );
}

const jobs = app.get(JobsService);
const startedAt = Date.now();
const slice = 2_000;
const mostWaiting = 5_000;
const sampleEvery = Math.max(slice, Math.round(total / 20));
let enqueued = 0;
let nextSample = sampleEvery;
while (ended < total) {
  if (enqueued < total && enqueued - ended < mostWaiting) {
    const size = Math.min(slice, total - enqueued);
    await jobs.enqueueAll(
      SoakJob,
      Array.from({ length: size }, (_, i) => ({ n: enqueued + i, filler: 'x'.repeat(100) })),
    );
    enqueued += size;
  } else await turn();
  if (ended >= nextSample) {
    await sample();
    nextSample += sampleEvery;
  }
}
await sample();
const seconds = (Date.now() - startedAt) / 1_000;
await app.close();
client.disconnect();
await redis.stop();

// Retention is reached once 10,000 dead jobs are kept: after 200,000 jobs.
const full = samples.filter(({ jobs }) => jobs >= Math.min(250_000, total / 2)).map(({ store }) => store);
const growth = full.at(-1) / full[0];
if (flags.json) console.log(JSON.stringify({ total, seconds, growth, samples }, null, 2));
else {
  console.log(
    `${total} jobs in ${Math.round(seconds)} s. Once retention was reached, the store's memory at the end was ${growth.toFixed(2)} × that at its beginning.`,
  );
}
process.exitCode = growth < 1.1 ? 0 : 1;
