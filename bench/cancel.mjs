// npm run bench:cancel [-- --jobs 1000000] [--json]: cancel(Class) and discardAll among very many jobs, on a private
// Redis. Measures the total time of each call, and how long a single command keeps the server from answering others.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { Job, JobsInspector, JobsModule, JobsService } from 'nestjs-fledge';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findRedisServer, startPrivateRedis } from '../dist/testing/redis/private-redis.js';

const { values: flags } = parseArgs({
  options: { jobs: { type: 'string', default: '1000000' }, json: { type: 'boolean', default: false } },
});
const total = Number(flags.jobs);
if (!(total >= 1_000)) throw new Error('--jobs takes a number of 1,000 or more');
const command = findRedisServer();
if (!command) throw new Error('The benchmark needs redis-server on the PATH: install it.');
/** Commands that take longer than this, in microseconds, go to the server's slow log. */
const slow = 1_000;
const redis = await startPrivateRedis(command, {
  settings: ['--slowlog-log-slower-than', String(slow), '--slowlog-max-len', '100000'],
});

class ManyJob {
  async perform() {}
}
Job()(ManyJob);
/** One in fifty of all jobs. */
class RareJob {
  async perform() {}
}
Job()(RareJob);

class BenchModule {}
Module({ imports: [JobsModule.forRoot({ url: redis.url })], providers: [ManyJob, RareJob] })(BenchModule);
const app = await NestFactory.createApplicationContext(BenchModule, { logger: ['fatal'] });
const [jobs, inspector] = [app.get(JobsService), app.get(JobsInspector)];
// Creates the queue's keys.
await jobs.cancel(await jobs.enqueue(ManyJob));

const client = new Redis(redis.port, '127.0.0.1');
/** Creates jobs as BullMQ stores them, inside the server, because enqueueing a million takes a minute. */
const fill = `
for n = ARGV[2] + 1, ARGV[2] + ARGV[3] do
  local base, place, id = ARGV[1], ARGV[4], string.format('019a0000-0000-7000-8000-%012d', n)
  redis.call('HSET', base .. id, 'name', n % 50 == 0 and 'RareJob' or 'ManyJob', 'data', '{"v":1,"payload":{"n":1}}',
    'opts', '{"attempts":25}', 'timestamp', '1761000000000', 'delay', 0, 'priority', 0)
  if place == 'wait' then
    redis.call('LPUSH', base .. place, id)
  elseif place == 'delayed' then
    redis.call('ZADD', base .. place, string.format('%.0f', (4000000000000 + n) * 4096), id)
  else
    redis.call('HSET', base .. id, 'failedReason', n % 1001 == 0 and 'rare' or 'often', 'finishedOn', '1761000000000')
    redis.call('ZADD', base .. place, string.format('%.0f', 1761000000000 + n), id)
  end
end`;
let filled = 0;
for (const [place, share] of [
  ['wait', 1],
  ['delayed', 0.3],
  ['failed', 0.3],
]) {
  for (const end = filled + Math.round(total * share); filled < end;) {
    const count = Math.min(10_000, end - filled);
    await client.eval(fill, 1, '{fledge}:default:meta', '{fledge}:default:', filled, count, place);
    filled += count;
  }
}
const { used } = /used_memory_human:(?<used>\S+)/.exec(await client.info('memory')).groups;

/** The CPU time that the server has used, in seconds. It does not depend on other programs on the machine. */
async function serverSeconds() {
  const info = await client.info('cpu');
  return [...info.matchAll(/used_cpu_(?:user|sys):([\d.]+)/g)].reduce(
    (sum, [, used]) => sum + Number(used),
    0,
  );
}

const rows = [];
async function measure(name, act) {
  await client.slowlog('RESET');
  const usedBefore = await serverSeconds();
  // The latency that another client sees: its enqueues wait this long.
  let [isOver, longestWait] = [false, 0];
  const others = (async () => {
    while (!isOver) {
      const askedAt = performance.now();
      await client.ping();
      longestWait = Math.max(longestWait, performance.now() - askedAt);
      await sleep(2);
    }
  })();
  const startedAt = performance.now();
  const result = await act();
  const seconds = (performance.now() - startedAt) / 1_000;
  isOver = true;
  await others;
  const server = (await serverSeconds()) - usedBefore;
  const calls = await client.slowlog('GET', 100_000);
  const longestCall = Math.max(0, ...calls.map(([, , microseconds]) => microseconds)) / 1_000;
  rows.push({ case: name, result, seconds, server, longestCall, longestWait });
  if (flags.json) return;
  const times = `${seconds.toFixed(2)} s (${server.toFixed(2)} s of the server's CPU)`;
  const call = longestCall === 0 ? `under ${slow / 1_000} ms` : `${longestCall.toFixed(1)} ms`;
  console.log(
    `${name.padEnd(48)} ${times.padStart(36)}, longest call ${call}, longest wait of another client ${longestWait.toFixed(1)} ms: ${JSON.stringify(result)}`,
  );
}

const machine = `${cpus().length} × ${cpus()[0].model.trim()}, Node ${process.version}, ${command}`;
console.log(`${machine}; ${filled} jobs, ${used}\n`);
const fresh = Array.from({ length: 2_000 }, () => ({}));
try {
  await measure('cancel(RareJob), one of 50 in all states', () => jobs.cancel(RareJob));
  await jobs.enqueueAll(RareJob, fresh);
  await measure('cancel(RareJob), the 2,000 that were added last', () => jobs.cancel(RareJob));
  await measure("discardAll('dead', { job: RareJob })", () => inspector.discardAll('dead', { job: RareJob }));
  await measure("discardAll('dead', { error: 'rare' })", () =>
    inspector.discardAll('dead', { error: 'rare' }),
  );
  await measure("discardAll('scheduled')", () => inspector.discardAll('scheduled'));
  await measure("discardAll('waiting')", () => inspector.discardAll('waiting'));
} finally {
  client.disconnect();
  await app.close();
  await redis.stop();
}
if (flags.json) console.log(JSON.stringify({ machine, jobs: filled, rows }));
