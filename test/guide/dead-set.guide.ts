import { Job, JobsInspector, type RetentionOptions } from 'nestjs-fledge';
import { describe, expect, it, vi } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

let providerIsDown = true;

@Job({ attempts: 1 })
class ImportCsvJob {
  async perform({ importId }: { importId: string }): Promise<string> {
    if (providerIsDown) throw new Error(`S3 does not answer for ${importId}`);
    return importId;
  }
}

@Job({ attempts: 1, queue: 'mailers' })
class NewsletterJob {
  async perform(): Promise<void> {
    if (providerIsDown) throw new TypeError('fetch failed');
  }
}

// #region retention
const retention: RetentionOptions = {
  completed: { age: '1h', count: 10_000 }, // the default
  dead: { age: '180d', count: 10_000 }, // the default
};
// #endregion

export function deadSetGuide(kind: string, url: () => string): void {
  const start = async (): Promise<JobsApp & { inspector: JobsInspector; dead: string[] }> => {
    providerIsDown = true;
    const app = await jobsApp({ url: url(), retention }, [ImportCsvJob, NewsletterJob]);
    const inspector = app.app.get(JobsInspector);
    await app.worker.start();
    const { id: csv } = await app.jobs.enqueue(ImportCsvJob, { importId: 'i1' });
    const { id: mail } = await app.jobs.enqueue(NewsletterJob);
    for (const id of [csv, mail])
      await until('it is dead', async () => (await inspector.find(id))?.state === 'dead');
    return { ...app, inspector, dead: [csv, mail] };
  };
  const completed = (inspector: JobsInspector, id: string): Promise<unknown> =>
    until('it has completed', async () => (await inspector.find(id))?.state === 'completed');

  describe(`docs/jobs.md, the dead set, on ${kind}`, () => {
    it('lists dead jobs', async () => {
      const { inspector, dead } = await start();
      const print = vi.fn<(line: string) => void>();
      // #region dead-list
      const { jobs, cursor } = await inspector.jobs('dead', { job: ImportCsvJob, error: 'S3', limit: 20 });
      for (const { id, error } of jobs) print(`${id}: ${error?.message}`);
      // With a cursor there are more: inspector.jobs('dead', { …, cursor })
      // #endregion
      expect(cursor).toBeUndefined();
      expect(print).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('S3 does not answer for i1'));
      expect(print.mock.calls[0]![0]).toContain(dead[0]);
    });

    it('retries and discards one or all', async () => {
      const { inspector, dead } = await start();
      const [id] = dead as [string, string];
      // #region dead-find
      const job = await inspector.find(id);
      // { state: 'dead', name: 'ImportCsvJob', payload: { importId: 'i1' }, attempt: 1, attempts: 1,
      //   error: { name: 'Error', message: 'S3 does not answer for i1', stack: '…' }, finishedAt: …, … }
      const lines = await inspector.logs(id);
      // #endregion
      expect(lines).toEqual([]);
      expect(job).toMatchObject({ state: 'dead', payload: { importId: 'i1' }, error: { name: 'Error' } });
      const ids: string[] = [];
      // #region dead-each
      for await (const job of inspector.each('dead')) ids.push(job.id);
      // #endregion
      expect(ids).toEqual(dead);
    });

    it('runs after it was retried, and is removed after it was discarded', async () => {
      const { inspector, dead } = await start();
      const [id, other] = dead as [string, string];
      providerIsDown = false;
      // #region dead-retry
      await inspector.retry(id);
      const count = await inspector.retryAll({ queue: 'mailers', error: 'TypeError' });
      // #endregion
      expect(count).toBe(1);
      await completed(inspector, id);
      await completed(inspector, other);
      // #region dead-discard
      await inspector.discard(id);
      await inspector.discardAll('dead', { job: ImportCsvJob });
      // #endregion
      expect(await inspector.find(id)).toBeUndefined();
    });

    it('edits waiting and scheduled jobs', async () => {
      const { inspector, jobs } = await start();
      providerIsDown = false;
      const { id } = await jobs.enqueue(ImportCsvJob, { importId: 'i2' }, { delay: '1d' });
      // #region job-edits
      await inspector.reschedule(id, { delay: '2h' }); // or a Date
      await inspector.move(id, 'mailers'); // to another declared queue
      await inspector.promote(id); // to run now
      // #endregion
      await completed(inspector, id);
      expect(await inspector.find(id)).toMatchObject({ queue: 'mailers', result: 'i2' });
      await expect(inspector.promote(id)).rejects.toMatchObject({ code: 'FLEDGE_JOB_STATE' });
    });
  });
}
