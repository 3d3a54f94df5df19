import { Job, JobsInspector } from 'nestjs-fledge';
import { describe, expect, it } from 'vitest';
import { TRIM_EVERY } from '../../src/jobs/worker/lifecycle/trimmer.js';
import { jobsApp } from '../support/jobs-app.js';
import { providedValue } from '../support/provided-value.js';
import { until } from '../support/until.js';

@Job({ attempts: 1 })
class FailJob {
  async perform(_payload: { n: number }): Promise<void> {
    throw new Error('no');
  }
}

@Job()
class FineJob {
  async perform(_payload: { n: number }): Promise<void> {}
}

/** Removing finished jobs by their age. The same tests run on each store. */
export function retentionBehaviour(name: string, urlOf: () => string): void {
  describe(`retention on ${name}`, () => {
    it('removes dead and completed jobs that are too old, even if no other job finishes', async () => {
      const retention = { dead: { age: '1s' }, completed: { age: '1s' } } as const;
      const { app, jobs, worker, events } = await jobsApp(
        { url: urlOf(), retention },
        [FailJob, FineJob],
        [providedValue(TRIM_EVERY, 50)],
      );
      await worker.start();
      await jobs.enqueueAll(FailJob, [{ n: 1 }, { n: 2 }]);
      await jobs.enqueue(FineJob, { n: 3 });
      await until('all are done', () => events.filter(({ type }) => type === 'finished').length === 3);
      const inspector = app.get(JobsInspector);
      const kept = async (): Promise<number> => {
        const [dead, completed] = await Promise.all([inspector.jobs('dead'), inspector.jobs('completed')]);
        return dead.jobs.length + completed.jobs.length;
      };
      await until('all are settled', async () => (await inspector.queues())[0]!.running === 0);
      await until('they are forgotten', async () => (await kept()) === 0);
      expect(await inspector.queues()).toMatchObject([{ dead: 0, size: 0, running: 0 }, {}]);
    });
  });
}
