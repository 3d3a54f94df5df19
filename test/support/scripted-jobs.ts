import { Job } from 'nestjs-fledge';
import { inject } from 'vitest';
import { jobsApp, privateUrl, type JobsApp } from './jobs-app.js';

/** The behaviours of the jobs in `test/fixtures/scripted-worker.mjs`. */
export interface Script {
  readonly does?: 'wait' | 'wait while' | 'obey' | 'throw' | 'reject' | 'block while' | 'fail' | 'nothing';
  readonly ms?: number;
  /** With `while`: the job ends when this file is gone, so a test decides how long it lasts. */
  readonly file?: string;
}

/** The web side of these jobs, which uses only their names. */
@Job({ attempts: 3 })
export class ScriptedJob {
  async perform(_script: Script): Promise<void> {}
}

@Job()
export class TalkativeJob {
  async perform(_payload: { shown: string; hidden: string }): Promise<void> {}
}

@Job()
export class QuietJob {
  async perform(_payload: { secret: string }): Promise<void> {}
}

export const scriptedJobs = [ScriptedJob, TalkativeJob, QuietJob];

/** A web process that enqueues them, and the URL of the store for workers. */
export async function scriptedWeb(url = privateUrl(inject('redisUrl'))): Promise<JobsApp & { url: string }> {
  const queues = { default: {}, mailers: {} };
  return { ...(await jobsApp({ url, queues, watchInterval: '1s' }, scriptedJobs)), url };
}
