// An application with ten methods of @nestjs/schedule, as a worker or (with the argument "web") as a web process. Its ledger has a
// line for each run of a method.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cron, Interval, ScheduleModule } from '@nestjs/schedule';
import { JobsModule, runWorker } from 'nestjs-fledge';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const note = (...words) =>
  appendFileSync(process.env.LEDGER, `${words.join(' ')} ${process.pid} ${Date.now()}\n`);

/** The seconds between two ticks of each method. */
export const methods = { m0: 1, m1: 1, m2: 1, m3: 2, m4: 2, m5: 3, m6: 5, m7: 1, m8: 2, m9: 1 };

class Reports {}
for (const [name, seconds] of Object.entries(methods)) {
  const body = async () => {
    note('body', name);
    // A part of the runs takes longer than the time to the next tick.
    await sleep(name === 'm2' ? 1_300 : 50 + Math.random() * 200);
    note('bodyend', name);
  };
  Object.defineProperty(Reports.prototype, name, { value: body, configurable: true, writable: true });
  const decorate =
    name === 'm7' || name === 'm8'
      ? Interval(name, seconds * 1_000)
      : Cron(seconds === 1 ? '* * * * * *' : `*/${seconds} * * * * *`, { name, timeZone: 'UTC' });
  decorate(Reports.prototype, name, Object.getOwnPropertyDescriptor(Reports.prototype, name));
}

/** A method gets no context, so the tick is noted here. */
const ledger = {
  async handle({ context }, next) {
    const tick = context.tick?.getTime();
    note('run', context.name, tick);
    const result = await next();
    note('end', context.name, tick);
    return result;
  },
};

class CronModule {}
Module({
  imports: [
    ScheduleModule.forRoot(),
    JobsModule.forRoot({ adoptCron: true, middleware: [ledger], queues: { default: { concurrency: 20 } } }),
  ],
  providers: [Reports],
})(CronModule);

if (process.argv[2] === 'web') {
  const app = await NestFactory.createApplicationContext(CronModule, { logger: ['error'] });
  app.enableShutdownHooks();
} else if (process.argv[1]?.endsWith('cron-app.mjs')) await runWorker(CronModule);
