// A worker as an application has it. Its one job takes as long as it is told and writes a ledger, outside of what is tested.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { Job, JobEvents, JobsModule, runWorker } from 'nestjs-fledge';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const note = (...words) => appendFileSync(process.env.LEDGER, `${words.join(' ')} ${process.pid}\n`);

class SoakJob {
  /** Every other job heeds its signal; the others are like code that never heard of it. */
  async perform({ ms, heeds }, { id, attempt, signal }) {
    note('start', id, attempt);
    await sleep(ms, undefined, heeds ? { signal } : {});
    note('end', id, attempt);
  }
}
Job()(SoakJob);

class Ledger {
  constructor(events) {
    events.subscribe((event) => {
      if (event.type === 'handed-back') note('back', event.id, event.duration);
      if (event.type === 'worker-started') process.send?.('up');
    });
  }
}
Reflect.defineMetadata('design:paramtypes', [JobEvents], Ledger);

class SoakModule {}
Module({
  imports: [JobsModule.forRoot({ queues: { default: {} } })],
  providers: [SoakJob, { provide: Ledger, useFactory: (events) => new Ledger(events), inject: [JobEvents] }],
})(SoakModule);

void runWorker(SoakModule);
