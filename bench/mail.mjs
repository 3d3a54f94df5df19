// npm run bench:mail [-- 10000]: mails through deliverAllLater and a worker, next to plain nodemailer with the same
// pool.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { findRedisServer, startPrivateRedis } from '../dist/testing/redis/private-redis.js';

const count = Number(process.argv[2] ?? 10_000);
const rounds = 5;
const pool = { maxConnections: 5, maxMessages: 100 };
/** More slots than SMTP connections, so that no connection waits for Redis. */
const concurrency = 30;

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const median = (figures) => [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)];

const command = findRedisServer();
if (!command) {
  console.error('The benchmark needs redis-server on the PATH: install it.');
  process.exit(1);
}
const redis = await startPrivateRedis(command);
const server = fork(file('mail-server.mjs'));
let received = { mails: 0, at: 0 };
const smtpPort = await new Promise((resolve) => {
  server.on('message', (message) => {
    if (message.port) resolve(message.port);
    else received = message;
  });
});

/** Mails per second, from the first call until the server has the last mail, and the memory of the sending process. */
async function measure(subject) {
  const settings = { subject, smtpPort, redisPort: redis.port, count, pool, concurrency };
  const env = { ...process.env, NODE_ENV: 'production' };
  const child = fork(file('mail-subjects.mjs'), [JSON.stringify(settings)], { env });
  await once(child, 'message');
  const target = received.mails + count;
  const startedAt = Date.now();
  child.send('go');
  while (received.mails < target) await sleep(10);
  const rate = (count / (received.at - startedAt)) * 1_000;
  child.send('end');
  const [{ memory }] = await once(child, 'message');
  await once(child, 'exit');
  return { rate, memory };
}

/** The memory of the process in each quarter of its run. */
function quarters(memory) {
  const length = Math.ceil(memory.length / 4);
  return [0, 1, 2, 3]
    .map((i) => median(memory.slice(i * length, (i + 1) * length)) ?? memory.at(-1))
    .join(', ');
}

const ratios = [];
try {
  const machine = `${cpus().length} × ${cpus()[0].model.trim()}, Node ${process.version}`;
  console.log(`${count} mails, ${pool.maxConnections} connections; ${machine}; ${rounds} rounds`);
  // Warms up the server.
  await measure('nodemailer');
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? ['nodemailer', 'fledge'] : ['fledge', 'nodemailer'];
    const runs = {};
    for (const subject of order) runs[subject] = await measure(subject);
    const { nodemailer, fledge } = runs;
    ratios.push(fledge.rate / nodemailer.rate);
    console.log(
      `nodemailer ${nodemailer.rate.toFixed(0)}/s, Fledge ${fledge.rate.toFixed(0)}/s: ${ratios.at(-1).toFixed(2)} ×; memory in the quarters of the time, MiB: nodemailer ${quarters(nodemailer.memory)}; Fledge ${quarters(fledge.memory)}`,
    );
  }
  const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
  console.log(`median ${median(ratios).toFixed(2)} × plain nodemailer (${spread})`);
} finally {
  server.disconnect();
  await redis.stop();
}
