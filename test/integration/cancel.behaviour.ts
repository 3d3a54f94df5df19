import { Job, JobsInspector, type JobContext, type JobsOptions } from 'nestjs-fledge';
import { hostname } from 'node:os';
import { beforeEach, describe, expect, it } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

const ran: string[] = [];
const waiting: (() => void)[] = [];
const releaseAll = (): void => waiting.splice(0).forEach((resolve) => resolve());

type Does = 'obeys' | 'ignores' | 'fails';

@Job({ aliases: ['FormerJob'], backoff: '1h' })
class LongJob {
  async perform({ note, does }: { note: string; does: Does }, { signal }: JobContext): Promise<void> {
    ran.push(note);
    if (does === 'fails') throw new Error('no');
    await new Promise<void>((resolve, reject) => {
      waiting.push(resolve);
      if (does === 'obeys') signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }
}

@Job()
class OtherJob {
  async perform({ note }: { note: string }): Promise<void> {
    ran.push(note);
  }
}

const nothing = { removed: 0, signalled: 0 };
const by = `${hostname()}:${process.pid}`;

/** Cancelling jobs by id and by class. The same tests run on each store. */
export function cancelBehaviour(kind: 'memory' | 'redis', url: () => string): void {
  const start = async (options: JobsOptions = {}): Promise<JobsApp> => {
    const app = await jobsApp({ url: url(), ...options }, [LongJob, OtherJob]);
    await app.worker.start();
    return app;
  };
  const performed = (what: string): Promise<unknown> =>
    until(`${what} ran, not only ${ran.join(', ')}`, () => ran.includes(what));

  beforeEach(() => {
    ran.length = waiting.length = 0;
  });

  describe(`on ${kind}: cancel`, () => {
    it('removes a job that is waiting, scheduled or retrying', async () => {
      const { app, jobs, event } = await start({ queues: { default: { concurrency: 1 }, mailers: {} } });
      const inspector = app.get(JobsInspector);
      const retrying = await jobs.enqueue(LongJob, { note: 'retrying', does: 'fails' });
      await until('it failed', async () => (await inspector.find(retrying.id))?.state === 'retrying');
      await jobs.enqueue(LongJob, { note: 'blocks', does: 'ignores' });
      await performed('blocks');
      const inLine = await jobs.enqueue(LongJob, { note: 'in line', does: 'obeys' });
      const urgent = await jobs.enqueue(LongJob, { note: 'urgent', does: 'obeys' }, { priority: 1 });
      const later = await jobs.enqueue(
        LongJob,
        { note: 'later', does: 'obeys' },
        { delay: '1h', queue: 'mailers' },
      );
      for (const receipt of [retrying, inLine, urgent, later]) {
        expect(await jobs.cancel(receipt, { reason: 'test' })).toEqual({ removed: 1, signalled: 0 });
        expect(await inspector.find(receipt.id)).toBeUndefined();
      }
      for (const { id, queue } of [retrying, inLine, urgent, later]) {
        const known = { id, name: 'LongJob', queue, by, reason: 'test' };
        const cancelled = await inspector.cancelled(id);
        expect(cancelled).toEqual({ ...known, cancelledAt: expect.any(Date) as Date });
        await expect(inspector.retry(id)).rejects.toMatchObject({
          code: 'FLEDGE_JOB_GONE',
          message: expect.stringContaining(
            `LongJob ${id} was cancelled at ${cancelled!.cancelledAt.toISOString()} by ${by} (test)`,
          ) as string,
        });
      }
      await event('cancelled', ({ removed, reason }) => removed === 1 && reason === 'test');
      releaseAll();
      await jobs.enqueue(OtherJob, { note: 'the next' });
      await performed('the next');
      expect(ran).toEqual(['retrying', 'blocks', 'the next']);
    });

    it('aborts the signal of a running job, and remembers it once it has ended', async () => {
      const { app, jobs, event } = await start();
      const { id } = await jobs.enqueue(LongJob, { note: 'runs', does: 'obeys' });
      await performed('runs');
      expect(await app.get(JobsInspector).cancelled(id)).toBeUndefined();
      expect(await jobs.cancel(id, { reason: 'enough' })).toEqual({ removed: 0, signalled: 1 });
      const { outcome } = await event('finished');
      await until('it is deleted', async () => !(await app.get(JobsInspector).find(id)));
      expect(await app.get(JobsInspector).cancelled(id)).toMatchObject({
        name: 'LongJob',
        queue: 'default',
        by,
        reason: 'enough',
      });
      expect(outcome).toMatchObject({ kind: 'cancelled', reason: { reason: 'cancel' } });
      expect((outcome as { reason: Error }).reason.message).toContain('enough');
    });

    it('keeps a job as completed if it completes anyway', async () => {
      const { app, jobs, event } = await start();
      const { id } = await jobs.enqueue(LongJob, { note: 'runs', does: 'ignores' });
      await performed('runs');
      await jobs.cancel(id);
      await event('signal-ignored', ({ reason }) => reason === 'cancel');
      releaseAll();
      expect((await event('finished')).outcome.kind).toBe('completed');
      expect(await app.get(JobsInspector).cancelled(id)).toBeUndefined();
    });

    it('changes nothing for a dead or unknown job', async () => {
      const { jobs, app } = await start();
      const dead = await jobs.enqueue(LongJob, { note: 'dies', does: 'fails' }, { attempts: 1 });
      await until('it died', async () => (await app.get(JobsInspector).find(dead.id))?.state === 'dead');
      expect(await jobs.cancel(dead)).toEqual(nothing);
      expect(await jobs.cancel('0199e000-0000-7000-8000-000000000000')).toEqual(nothing);
      for (const id of [dead.id, '0199e000-0000-7000-8000-000000000000'])
        expect(await app.get(JobsInspector).cancelled(id)).toBeUndefined();
      await expect(jobs.cancel(undefined as unknown as string)).rejects.toMatchObject({
        code: 'FLEDGE_OPTION_INVALID',
      });
    });

    it('does not affect a dead job that is retried later', async () => {
      const { app, jobs, event } = await start();
      const inspector = app.get(JobsInspector);
      const dead = await jobs.enqueue(LongJob, { note: 'dies', does: 'fails' }, { attempts: 1 });
      await until('it died', async () => (await inspector.find(dead.id))?.state === 'dead');
      await jobs.cancel(LongJob);
      expect((await inspector.find(dead.id))?.state).toBe('dead');
      await inspector.retry(dead.id);
      await until('it ran again', () => ran.length === 2);
      await event('finished', ({ outcome }) => outcome.kind === 'failed');
      await until('it died again', async () => (await inspector.find(dead.id))?.state === 'dead');
    });

    it('removes and aborts all jobs of a class and its former names, but no other jobs and no later ones', async () => {
      const { app, jobs, event } = await start();
      const payload = { note: 'runs', does: 'obeys' } as const;
      const running = await jobs.enqueue(LongJob, payload);
      await performed('runs');
      const many = await jobs.enqueueAll(
        LongJob,
        Array.from({ length: 230 }, () => payload),
        { delay: '1h' },
      );
      await jobs.enqueue(LongJob, payload, { delay: '1h', queue: 'mailers' });
      const other = await jobs.enqueue(OtherJob, { note: 'other' }, { delay: 700 });
      expect(await jobs.cancel(LongJob, { reason: 'x'.repeat(300) })).toEqual({ removed: 231, signalled: 1 });
      expect((await event('finished')).outcome.kind).toBe('cancelled');
      const inspector = app.get(JobsInspector);
      await until('the running one is deleted', async () => !(await inspector.find(running.id)));
      for (const { id } of [running, many[0]!, many[229]!])
        expect(await inspector.cancelled(id)).toMatchObject({
          name: 'LongJob',
          reason: `${'x'.repeat(199)}…`,
        });
      expect(await inspector.cancelled(other.id)).toBeUndefined();
      const later = await jobs.enqueue(LongJob, { note: 'later', does: 'obeys' });
      await performed('later');
      await performed('other');
      releaseAll();
      await event('finished', ({ id, outcome }) => id === later.id && outcome.kind === 'completed');
    });
  });

  describe.runIf(kind === 'redis')('on redis: cancel, from another process', () => {
    it('reaches the worker that runs the job', async () => {
      const shared = url();
      const web = await jobsApp({ url: shared }, [LongJob, OtherJob]);
      const worker = await jobsApp({ url: shared }, [LongJob, OtherJob]);
      await worker.worker.start();
      const receipt = await web.jobs.enqueue(LongJob, { note: 'elsewhere', does: 'obeys' });
      await performed('elsewhere');
      expect(await web.jobs.cancel(receipt)).toEqual({ removed: 0, signalled: 1 });
      expect((await worker.event('finished')).outcome.kind).toBe('cancelled');
    });
  });
}
