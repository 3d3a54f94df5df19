import { Job } from 'nestjs-fledge';
import { inject } from 'vitest';
import { jobsApp, privateUrl, type JobsApp } from './jobs-app.js';

/** What the jobs of `test/fixtures/scripted-worker.mjs` can be told to do. */
export interface Script {
  readonly does?: 'wait' | 'heed' | 'throw' | 'reject' | 'block' | 'fail' | 'nothing';
  readonly ms?: number;
}

/** The web side of them: only their names matter here. */
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

/** A web process that sends them, and the store's URL for workers. */
export async function scriptedWeb(url = privateUrl(inject('redisUrl'))): Promise<JobsApp & { url: string }> {
  const queues = { default: {}, mailers: {} };
  return { ...(await jobsApp({ url, queues, watchInterval: '1s' }, scriptedJobs)), url };
}
