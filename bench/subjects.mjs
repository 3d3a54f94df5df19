// The three subjects, each with the same jobs, ids, options and connection settings.
import 'reflect-metadata';
import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { Job, JobsModule, JobsService, JobsWorker } from 'nestjs-fledge';
import { v7 as uuid } from 'uuid';

const lock = { lockDuration: 15_000, stalledInterval: 2_000, maxStalledCount: 1_000_000 };
const keep = {
  removeOnComplete: { age: 3_600, count: 10_000 },
  removeOnFail: { age: 180 * 86_400, count: 10_000 },
};
const jobOptions = () => ({ jobId: uuid(), attempts: 25, stackTraceLimit: 5 });
const envelope = (payload) => ({ v: 1, payload });
let prefixes = 0;

/** Called by `perform`. Each measurement sets its own function. */
export const probe = { performed: () => undefined };

const connection = (port) => new Redis({ port, maxRetriesPerRequest: null });

export async function raw(port) {
  const prefix = `{raw${process.pid}-${++prefixes}}`;
  const [producer, consumer] = [connection(port), connection(port)];
  const queue = new Queue('default', {
    connection: producer,
    prefix,
    streams: { events: { maxLen: 1_000 } },
  });
  await queue.waitUntilReady();
  let worker;
  return {
    add: (payload) => queue.add('NoopJob', envelope(payload), jobOptions()),
    addAll: (payloads) =>
      queue.addBulk(
        payloads.map((payload) => ({ name: 'NoopJob', data: envelope(payload), opts: jobOptions() })),
      ),
    async work(concurrency) {
      const settings = { connection: consumer, prefix, concurrency, ...lock, ...keep };
      worker = new Worker('default', async (job) => probe.performed(job.data.payload), settings);
      await worker.waitUntilReady();
    },
    async close() {
      await worker?.close();
      await queue.close();
      producer.disconnect();
      consumer.disconnect();
    },
  };
}

export async function nestBullmq(port) {
  const prefix = `{nest${process.pid}-${++prefixes}}`;
  const [producer, consumer] = [connection(port), connection(port)];
  const application = async (providers) => {
    class AppModule {}
    const imports = [
      BullModule.forRoot({ connection: providers.length > 0 ? consumer : producer, prefix }),
      BullModule.registerQueue({ name: 'default', streams: { events: { maxLen: 1_000 } } }),
    ];
    Module({ imports, providers })(AppModule);
    return NestFactory.createApplicationContext(AppModule, { logger: false });
  };
  const web = await application([]);
  const queue = web.get(getQueueToken('default'));
  await queue.waitUntilReady();
  let worker;
  return {
    add: (payload) => queue.add('NoopJob', envelope(payload), jobOptions()),
    addAll: (payloads) =>
      queue.addBulk(
        payloads.map((payload) => ({ name: 'NoopJob', data: envelope(payload), opts: jobOptions() })),
      ),
    async work(concurrency) {
      class NoopProcessor extends WorkerHost {
        async process(job) {
          return probe.performed(job.data.payload);
        }
      }
      Processor('default', { concurrency, ...lock, ...keep })(NoopProcessor);
      worker = await application([NoopProcessor]);
    },
    async close() {
      await worker?.close();
      await web.close();
      producer.disconnect();
      consumer.disconnect();
    },
  };
}

export const fledge = (logger) =>
  async function fledge(port) {
    const url = `redis://127.0.0.1:${port}?prefix=fledge${process.pid}-${++prefixes}`;
    class NoopJob {
      async perform(payload) {
        return probe.performed(payload);
      }
    }
    Job()(NoopJob);
    const application = (concurrency) => {
      class AppModule {}
      const jobs = JobsModule.forRoot({ url, queues: { default: { concurrency } } });
      Module({ imports: [jobs], providers: [NoopJob] })(AppModule);
      return NestFactory.createApplicationContext(AppModule, { logger });
    };
    const web = await application(1);
    const jobs = web.get(JobsService);
    await jobs.enqueueAll(NoopJob, []);
    let worker;
    return {
      add: (payload) => jobs.enqueue(NoopJob, payload),
      addAll: (payloads) => jobs.enqueueAll(NoopJob, payloads),
      async work(concurrency) {
        worker = await application(concurrency);
        await worker.get(JobsWorker).start();
      },
      async close() {
        await worker?.get(JobsWorker).stop();
        await worker?.close();
        await web.close();
      },
    };
  };
