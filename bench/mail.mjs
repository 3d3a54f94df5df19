// npm run bench:mail [-- 10000]: mails through deliverAllLater and a worker, beside plain nodemailer with the same pool.
import 'reflect-metadata';
import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JobsModule, JobsWorker } from 'nestjs-fledge';
import { Mailer, MailersModule, MailersService } from 'nestjs-fledge/mailers';
import { createTransport } from 'nodemailer';
import { fork } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { findRedisServer, startPrivateRedis } from '../dist/demo/private-redis.js';

// Templates are not looked for anew with each mail.
process.env.NODE_ENV = 'production';

const count = Number(process.argv[2] ?? 10_000);
const rounds = 3;
const pool = { maxConnections: 5, maxMessages: 100 };
/** More than connections, so that none waits for Redis. */
const concurrency = 20;
const body = 'Hello\n'.repeat(200);

const command = findRedisServer();
if (!command) {
  console.error('The benchmark needs redis-server on the PATH: install it.');
  process.exit(1);
}
Logger.overrideLogger(false);
const redis = await startPrivateRedis(command);
const server = fork(fileURLToPath(new URL('mail-server.mjs', import.meta.url)));
let received = { mails: 0, at: 0 };
const port = await new Promise((resolve) => {
  server.on('message', (message) => {
    if (message.port) resolve(message.port);
    else received = message;
  });
});

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Mails a second, from the first call until the server has the last. */
async function measure(send) {
  const target = received.mails + count;
  const startedAt = Date.now();
  await send();
  while (received.mails < target) await sleep(10);
  return (count / (received.at - startedAt)) * 1_000;
}

async function plain() {
  const transporter = createTransport({ host: '127.0.0.1', port, pool: true, ...pool });
  const rate = await measure(() =>
    Promise.all(
      Array.from({ length: count }, (_, i) =>
        transporter.sendMail({
          from: 'hello@acme.test',
          to: `reader${i}@example.test`,
          subject: `Issue for ${i}`,
          text: body,
        }),
      ),
    ),
  );
  transporter.close();
  return rate;
}

class NewsMailer {
  async issue({ readerId }) {
    return { to: `reader${readerId}@example.test`, subject: `Issue for ${readerId}`, text: body };
  }
}
Mailer()(NewsMailer);

async function fledge() {
  class BenchModule {}
  Module({
    imports: [
      JobsModule.forRoot({
        url: `redis://127.0.0.1:${redis.port}?prefix=bench${Date.now()}`,
        queues: { default: {}, mailers: { concurrency } },
      }),
      MailersModule.forRoot({ transport: { host: '127.0.0.1', port, ...pool }, from: 'hello@acme.test' }),
    ],
    providers: [NewsMailer],
  })(BenchModule);
  const app = await NestFactory.createApplicationContext(BenchModule);
  await app.get(JobsWorker).start();
  const memory = [];
  const sampling = setInterval(() => memory.push(process.memoryUsage.rss() / 2 ** 20), 100);
  const payloads = Array.from({ length: count }, (_, readerId) => ({ readerId }));
  const rate = await measure(() => app.get(MailersService).for(NewsMailer).issue.deliverAllLater(payloads));
  clearInterval(sampling);
  await app.close();
  return { rate, memory };
}

const median = (figures) => [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)];
const ratios = [];
try {
  console.log(
    `${count} mails of ${body.length} bytes, ${pool.maxConnections} connections, ${cpus().length} × ${cpus()[0].model.trim()}, Node ${process.version}`,
  );
  for (let round = 0; round < rounds; round++) {
    // In turn first: whoever comes second finds a warmer server.
    const first = round % 2 === 0 ? await plain() : undefined;
    const { rate, memory } = await fledge();
    const nodemailer = first ?? (await plain());
    ratios.push(rate / nodemailer);
    const half = Math.floor(memory.length / 2);
    const [before, after] = [median(memory.slice(0, half)), median(memory.slice(half))];
    console.log(
      `nodemailer ${nodemailer.toFixed(0)}/s, Fledge ${rate.toFixed(0)}/s: ${(rate / nodemailer).toFixed(2)} ×; memory ${before.toFixed(0)} MiB in the first half, ${after.toFixed(0)} in the second, ${Math.max(...memory).toFixed(0)} at most`,
    );
  }
  console.log(`median ${median(ratios).toFixed(2)} × plain nodemailer`);
} finally {
  server.disconnect();
  await redis.stop();
}
process.exit(0);
