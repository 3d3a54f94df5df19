import { FledgeError, JobAborted } from 'nestjs-fledge';
import { describe, expect, it } from 'vitest';
import { NoteJob, SlowJob, storeFixture } from './store-fixture.js';

/** Stopping a worker, and closing its application. The same tests run on memory and on Redis. */
export function stopBehaviour(kind: 'memory' | 'redis', url: () => string): void {
  const { open, start } = storeFixture(url);

  describe(`on ${kind}: stop`, () => {
    it('waits for running jobs and takes no more', async () => {
      const { jobs, worker, event, journal, performed } = await start({
        queues: { default: { concurrency: 1 }, mailers: {} },
      });
      await jobs.enqueue(SlowJob, { obeys: true });
      await performed('slow started');
      await jobs.enqueue(NoteJob, { note: 'left' });
      const stopped = worker.stop();
      await event('worker-stopping', ({ running }) => running === 1);
      // A job can still enqueue while the worker stops.
      await jobs.enqueue(NoteJob, { note: 'late' });
      journal.release();
      await stopped;
      expect(await event('worker-stopped')).toMatchObject({ handedBack: 0, left: 0 });
      expect(journal.ran).toEqual(['slow started', 'slow ended']);
    });

    it.each([
      ['obeys its signal', true],
      ['ignores its signal', false],
    ])('puts back a job that %s, and uses no attempt', async (_, obeys) => {
      const { jobs, worker, event, journal, performed } = await start({ shutdownTimeout: 4_000 });
      await jobs.enqueue(SlowJob, { obeys });
      await performed('slow started');
      await worker.stop();
      expect(journal.abortReasons[0]).toBeInstanceOf(JobAborted);
      expect(journal.abortReasons[0]).toMatchObject({ reason: 'shutdown', code: 'FLEDGE_JOB_ABORTED' });
      const { outcome } = await event('finished');
      expect(outcome).toEqual({ kind: 'interrupted' });
      expect(await event('worker-stopped')).toMatchObject({ handedBack: 1, left: 0 });
    });

    it('takes no job if it was quieted before it started', async () => {
      if (kind === 'memory') return;
      const { jobs, worker, event, journal } = await open();
      worker.quiet();
      await worker.start();
      await event('worker-quiet');
      await jobs.enqueue(NoteJob, { note: 'unseen' });
      await worker.stop();
      expect(journal.ran).toEqual([]);
    });

    it('works on a worker that never started, and more than once', async () => {
      const { worker } = await open();
      await worker.stop();
      await Promise.all([worker.stop(), worker.stop()]);
    });

    it('makes later enqueues fail after the application has closed', async () => {
      if (kind === 'memory') return;
      const { jobs, close } = await start();
      await close();
      const late = await jobs.enqueue(NoteJob, { note: 'late' }).catch((error: unknown) => error);
      expect(late).toBeInstanceOf(FledgeError);
      expect(late).toMatchObject({ code: 'FLEDGE_STORE_CLOSED', unavailable: true });
    });
  });
}
