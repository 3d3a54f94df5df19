import { Job, type JobContext } from 'nestjs-fledge';
import { describe, expect, it } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

const ran: string[] = [];
const waiting: (() => void)[] = [];
const release = (): void => waiting.splice(0).forEach((resolve) => resolve());

// #region cancellable
@Job()
export class ExportJob {
  async perform({ accountId }: { accountId: string }, { signal }: JobContext): Promise<void> {
    for await (const page of pagesOf(accountId)) {
      signal.throwIfAborted();
      await write(page);
    }
  }
}
// #endregion

async function* pagesOf(accountId: string): AsyncGenerator<string> {
  ran.push(`export ${accountId}`);
  for (let page = 1; ; page++) yield `page ${page}`;
}
const write = async (_page: string): Promise<void> => new Promise((resolve) => setImmediate(resolve));

// #region unique
@Job({ unique: { by: ['accountId'], until: 'done', for: '1h' } })
export class SyncAccountJob {
  async perform({ accountId }: { accountId: string; reason: string }): Promise<void> {
    ran.push(`sync ${accountId}`);
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
}
// #endregion

// #region debounce
@Job({ unique: { by: ['documentId'], until: 'start', mode: 'replace' } })
export class IndexDocumentJob {
  async perform({ documentId, version }: { documentId: string; version: number }): Promise<void> {
    ran.push(`index ${documentId} ${version}`);
  }
}
// #endregion

// #region keep-last
@Job({ unique: { by: ['siteId'], mode: 'last' } })
export class PublishSiteJob {
  async perform({ siteId, revision }: { siteId: string; revision: number }): Promise<void> {
    ran.push(`publish ${siteId} ${revision}`);
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
}
// #endregion

export function controlGuide(kind: string, url: () => string): void {
  const start = async (): Promise<JobsApp> => {
    ran.length = 0;
    const app = await jobsApp({ url: url() }, [ExportJob, SyncAccountJob, IndexDocumentJob, PublishSiteJob]);
    await app.worker.start();
    return app;
  };
  const performed = (what: string): Promise<unknown> =>
    until(`${what} ran, not only ${ran.join(', ')}`, () => ran.includes(what));

  describe(`docs/jobs.md, when and how often a job runs, on ${kind}`, () => {
    it('delay and at', async () => {
      const app = await start();
      const { jobs } = app;
      // #region delay
      await jobs.enqueue(IndexDocumentJob, { documentId: 'd1', version: 1 }, { delay: '90s' });
      await jobs.enqueue(IndexDocumentJob, { documentId: 'd2', version: 1 }, { at: new Date('2030-01-01') });
      // #endregion
      expect(app.events.filter(({ type }) => type === 'enqueued')).toMatchObject([
        { delay: 90_000 },
        { delay: expect.any(Number) },
      ]);
      expect(ran).toEqual([]);
    });

    it('cancels a running job', async () => {
      const app = await start();
      const { jobs } = app;
      // #region cancel
      const receipt = await jobs.enqueue(ExportJob, { accountId: 'a1' });
      // … later, and from any process:
      // #endregion
      await performed('export a1');
      // #region cancel-call
      await jobs.cancel(receipt, { reason: 'the customer left' });
      // #endregion
      const { outcome } = await app.event('finished');
      expect(outcome).toMatchObject({
        kind: 'cancelled',
        reason: {
          reason: 'cancel',
          code: 'FLEDGE_JOB_CANCELLED',
          message: expect.stringContaining('the customer left') as string,
        },
      });
    });

    it('cancels all jobs of a class', async () => {
      const app = await start();
      const { jobs } = app;
      for (const accountId of ['a1', 'a2']) await jobs.enqueue(ExportJob, { accountId }, { delay: '1h' });
      await jobs.enqueue(ExportJob, { accountId: 'a3' });
      await performed('export a3');
      // #region cancel-class
      const { removed, signalled } = await jobs.cancel(ExportJob);
      // #endregion
      expect({ removed, signalled }).toEqual({ removed: 2, signalled: 1 });
      expect((await app.event('finished')).outcome.kind).toBe('cancelled');
    });

    it('unique jobs', async () => {
      const { jobs, event } = await start();
      const first = await jobs.enqueue(SyncAccountJob, { accountId: 'a1', reason: 'sign-up' });
      await performed('sync a1');
      // #region unique-receipt
      const receipt = await jobs.enqueue(SyncAccountJob, { accountId: 'a1', reason: 'button' });
      // { status: 'duplicate', duplicateOf: '0199…', … }
      // #endregion
      expect(receipt).toMatchObject({ status: 'duplicate', duplicateOf: first.id });
      expect(await jobs.enqueue(SyncAccountJob, { accountId: 'a2', reason: 'button' })).toMatchObject({
        status: 'enqueued',
      });
      await performed('sync a2');
      release();
      await jobs.cancel(first);
      await event('duplicate', ({ duplicateOf }) => duplicateOf === first.id);
    });

    it('a unique job that replaces a waiting one', async () => {
      const { jobs } = await start();
      const before = await jobs.enqueue(IndexDocumentJob, { documentId: 'd', version: 1 }, { delay: '1m' });
      // #region debounce-enqueue
      await jobs.enqueue(IndexDocumentJob, { documentId: 'd', version: 2 }, { delay: '1m' });
      // #endregion
      const last = await jobs.enqueue(IndexDocumentJob, { documentId: 'd', version: 3 }, { delay: 50 });
      expect(last).toMatchObject({ status: 'replaced' });
      expect(last.duplicateOf).not.toBe(before.id);
      await performed('index d 3');
      expect(ran).toEqual(['index d 3']);
    });

    it('a unique job that follows a running one', async () => {
      const { jobs } = await start();
      await jobs.enqueue(PublishSiteJob, { siteId: 's', revision: 1 });
      await performed('publish s 1');
      for (const revision of [2, 3, 4]) await jobs.enqueue(PublishSiteJob, { siteId: 's', revision });
      release();
      await performed('publish s 4');
      release();
      expect(ran).toEqual(['publish s 1', 'publish s 4']);
    });
  });
}
