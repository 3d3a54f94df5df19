// One worker process for bench/reactions.mjs. It tells its parent when a job starts and when the job's signal aborts.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { Job, JobsModule, runWorker } from 'nestjs-fledge';
import { once } from 'node:events';

export class LongJob {
  async perform(_payload, { signal }) {
    process.send?.({ event: 'started', at: Date.now() });
    await once(signal, 'abort');
    process.send?.({ event: 'aborted', at: Date.now() });
    signal.throwIfAborted();
  }
}
Job()(LongJob);

export class ReactionsModule {}
Module({ imports: [JobsModule.forRoot()], providers: [LongJob] })(ReactionsModule);

if (process.send) void runWorker(ReactionsModule);
