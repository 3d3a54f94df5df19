import { Job, JobsInspector, type JobContext, type JobsOptions } from 'nestjs-fledge';
import { beforeEach, describe, expect, it } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

const ran: string[] = [];
const waiting: (() => void)[] = [];
const releaseAll = (): void => waiting.splice(0).forEach((resolve) => resolve());
const block = async (note: string, signal?: AbortSignal): Promise<void> => {
  ran.push(note);
  await new Promise<void>((resolve, reject) => {
    waiting.push(resolve);
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  });
};

@Job({ unique: true })
class WholeJob {
  async perform(payload: { a: number; b?: { x: number; y: number } }): Promise<void> {
    await block(`whole ${payload.a}`);
  }
}

@Job({ unique: { by: ({ key }: { key: string }) => key.toLowerCase(), until: 'start' } })
class UntilStartJob {
  async perform({ key }: { key: string }): Promise<void> {
    await block(`start ${key}`);
  }
}

@Job({ unique: { by: ['key'], mode: 'replace' } })
class ReplaceJob {
  async perform({ key, n }: { key: string; n: number }): Promise<void> {
    await block(`replace ${key} ${n}`);
  }
}

@Job({ unique: { by: ['key'], mode: 'last' }, attempts: 2, backoff: 1 })
class LastJob {
  async perform(
    { key, n, fails }: { key: string; n: number; fails?: boolean },
    { signal }: JobContext,
  ): Promise<void> {
    await block(`last ${key} ${n}`, signal);
    if (fails) throw new Error('no');
  }
}

@Job({ unique: { by: ['key'], for: 400 }, attempts: 1 })
class ForJob {
  async perform({ key, fails }: { key: string; fails?: boolean }): Promise<void> {
    await block(`for ${key}`);
    if (fails) throw new Error('no');
  }
}

@Job()
class BlockJob {
  async perform(): Promise<void> {
    await block('blocks');
  }
}

/** Unique jobs and which one wins. The same tests run on each store. */
export function uniqueBehaviour(kind: string, url: () => string): void {
  const start = async (options: JobsOptions = {}): Promise<JobsApp> => {
    const jobs = [WholeJob, UntilStartJob, ReplaceJob, LastJob, ForJob, BlockJob];
    const app = await jobsApp({ url: url(), ...options }, jobs);
    await app.worker.start();
    return app;
  };
  const oneAtATime = { queues: { default: { concurrency: 1 }, mailers: {} } };
  const performed = (what: string): Promise<unknown> =>
    until(`${what} ran, not only ${ran.join(', ')}`, () => ran.includes(what));

  beforeEach(() => {
    ran.length = waiting.length = 0;
  });

  describe(`on ${kind}: unique jobs`, () => {
    it('are compared by their whole payload, in any order of its keys', async () => {
      const { jobs, event } = await start();
      const first = await jobs.enqueue(WholeJob, { a: 1, b: { x: 1, y: 2 } });
      expect(await jobs.enqueue(WholeJob, { b: { y: 2, x: 1 }, a: 1 })).toEqual({
        id: expect.any(String),
        name: 'WholeJob',
        queue: 'default',
        status: 'duplicate',
        duplicateOf: first.id,
      });
      await event('duplicate', ({ duplicateOf }) => duplicateOf === first.id);
      expect(await jobs.enqueue(WholeJob, { a: 1 })).toMatchObject({ status: 'enqueued' });
      // Another queue has another lock, and a call can turn uniqueness off.
      expect(await jobs.enqueue(WholeJob, { a: 1 }, { queue: 'mailers' })).toMatchObject({
        status: 'enqueued',
      });
      expect(await jobs.enqueue(WholeJob, { a: 1 }, { unique: false })).toMatchObject({ status: 'enqueued' });
      await until('all have begun', () => ran.length === 4);
      // A call can also make a job unique whose class is not.
      const later = { delay: '1h', unique: true } as const;
      const statuses = [
        await jobs.enqueue(BlockJob, undefined, later),
        await jobs.enqueue(BlockJob, undefined, later),
      ].map(({ status }) => status);
      expect(statuses).toEqual(['enqueued', 'duplicate']);
      releaseAll();
      await until('it may come again', async () => {
        const again = await jobs.enqueue(WholeJob, { a: 1, b: { x: 1, y: 2 } });
        return again.status === 'enqueued';
      });
      await until('it has begun', () => waiting.length > 0);
      releaseAll();
    });

    it('are reported as duplicates by enqueueAll', async () => {
      const { jobs, close } = await start();
      const receipts = await jobs.enqueueAll(WholeJob, [{ a: 1 }, { a: 2 }, { a: 1 }], { delay: '1h' });
      expect(receipts.map(({ status }) => status)).toEqual(['enqueued', 'enqueued', 'duplicate']);
      expect(receipts[2]!.duplicateOf).toBe(receipts[0]!.id);
      await close();
    });

    it('can be enqueued again once they have started', async () => {
      const { jobs } = await start();
      const first = await jobs.enqueue(UntilStartJob, { key: 'A' }, { delay: 200 });
      expect(await jobs.enqueue(UntilStartJob, { key: 'a' })).toMatchObject({ duplicateOf: first.id });
      await performed('start A');
      expect(await jobs.enqueue(UntilStartJob, { key: 'a' })).toMatchObject({ status: 'enqueued' });
      await performed('start a');
      releaseAll();
    });

    it('can be enqueued again after a time', async () => {
      const { jobs } = await start();
      // On a busy machine the time may be over before the second call.
      const key = await until('the time is not over', async () => {
        const one = `k${Date.now()}`;
        const startedAt = performance.now();
        const { id } = await jobs.enqueue(ForJob, { key: one });
        const { duplicateOf } = await jobs.enqueue(ForJob, { key: one });
        if (performance.now() - startedAt > 350) return false;
        expect(duplicateOf).toBe(id);
        return one;
      });
      await until('the first runs', () => ran.includes(`for ${key}`));
      const running = waiting.length;
      await until('its time is up', async () => {
        const again = await jobs.enqueue(ForJob, { key });
        return again.status === 'enqueued';
      });
      await until('the other runs as well', () => waiting.length > running);
      releaseAll();
    });

    it.each([
      ['completed', false],
      ['dead', true],
    ])('can be enqueued again before the time of "for" is over if they are %s', async (state, fails) => {
      const { jobs, app } = await start();
      const { id } = await jobs.enqueue(ForJob, { key: 'k', fails }, { unique: { by: ['key'], for: '1h' } });
      await performed('for k');
      releaseAll();
      await until(`it is ${state}`, async () => (await app.get(JobsInspector).find(id))?.state === state);
      expect(await jobs.enqueue(ForJob, { key: 'k' })).toMatchObject({ status: 'enqueued' });
      await until('it has begun', () => waiting.length > 0);
      releaseAll();
    });

    it('can be enqueued again after they were cancelled', async () => {
      const { jobs } = await start();
      const first = await jobs.enqueue(ForJob, { key: 'k' }, { delay: '1h' });
      expect(await jobs.cancel(first)).toEqual({ removed: 1, signalled: 0 });
      expect(await jobs.enqueue(ForJob, { key: 'k' }, { delay: '1h' })).toMatchObject({ status: 'enqueued' });
    });

    it('replace a scheduled or waiting job, but not a running one', async () => {
      const { jobs } = await start(oneAtATime);
      await jobs.enqueue(BlockJob);
      await performed('blocks');
      const scheduled = await jobs.enqueue(ReplaceJob, { key: 'k', n: 1 }, { delay: '1h' });
      const inLine = await jobs.enqueue(ReplaceJob, { key: 'k', n: 2 });
      expect(inLine).toMatchObject({ status: 'replaced', duplicateOf: scheduled.id });
      const last = await jobs.enqueue(ReplaceJob, { key: 'k', n: 3 });
      expect(last).toMatchObject({ status: 'replaced', duplicateOf: inLine.id });
      releaseAll();
      await performed('replace k 3');
      expect(await jobs.enqueue(ReplaceJob, { key: 'k', n: 4 })).toMatchObject({
        status: 'duplicate',
        duplicateOf: last.id,
      });
      releaseAll();
      expect(ran).toEqual(['blocks', 'replace k 3']);
    });

    it('start the last later job after the running one, even if that dies', async () => {
      const { jobs } = await start();
      await jobs.enqueue(LastJob, { key: 'k', n: 1, fails: true }, { attempts: 1 });
      await performed('last k 1');
      for (const n of [2, 3]) {
        const receipt = await jobs.enqueue(LastJob, { key: 'k', n });
        expect(receipt).toMatchObject({ status: 'enqueued' });
      }
      releaseAll();
      await performed('last k 3');
      releaseAll();
      expect(ran).toEqual(['last k 1', 'last k 3']);
    });

    it.each(['replace', 'last'] as const)(
      'keep the last of several jobs that are enqueued at once: %s',
      async (mode) => {
        const { jobs } = await start(oneAtATime);
        await jobs.enqueue(BlockJob);
        await performed('blocks');
        const job = mode === 'last' ? LastJob : ReplaceJob;
        const receipts = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => jobs.enqueue(job, { key: 'k', n })));
        expect(receipts.map(({ status }) => status)).toEqual([
          'enqueued',
          ...Array.from({ length: 5 }, () => 'replaced'),
        ]);
        releaseAll();
        await performed(`${mode} k 6`);
        releaseAll();
        expect(ran).toEqual(['blocks', `${mode} k 6`]);
      },
    );

    it('keep the following job if the running one is cancelled or ends late', async () => {
      const { jobs, app } = await start();
      const first = await jobs.enqueue(LastJob, { key: 'k', n: 1, fails: true }, { backoff: '1h' });
      await performed('last k 1');
      await jobs.enqueue(LastJob, { key: 'k', n: 2 });
      releaseAll();
      const inspector = app.get(JobsInspector);
      await until(
        'it waits for another attempt',
        async () => (await inspector.find(first.id))?.state === 'retrying',
      );
      expect(await jobs.cancel(first)).toEqual({ removed: 1, signalled: 0 });
      await performed('last k 2');
      releaseAll();
    });

    it('drop the following job if it is cancelled, by its id or its class', async () => {
      const { jobs, event } = await start();
      await jobs.enqueue(LastJob, { key: 'k', n: 1 });
      await performed('last k 1');
      const follower = await jobs.enqueue(LastJob, { key: 'k', n: 2 });
      expect(await jobs.cancel(follower)).toEqual({ removed: 1, signalled: 0 });
      const other = await jobs.enqueue(LastJob, { key: 'k', n: 3 });
      await jobs.cancel(LastJob);
      const { outcome } = await event('finished', ({ id }) => id === other.id);
      expect(outcome.kind).toBe('cancelled');
      expect(ran).not.toContain('last k 2');
    });

    it('release no other job’s lock after a manual retry', async () => {
      const { jobs, app } = await start();
      const inspector = app.get(JobsInspector);
      const dead = await jobs.enqueue(LastJob, { key: 'k', n: 1, fails: true }, { attempts: 1 });
      await performed('last k 1');
      releaseAll();
      await until('it is dead', async () => (await inspector.find(dead.id))?.state === 'dead');
      await jobs.enqueue(LastJob, { key: 'k', n: 2 });
      await performed('last k 2');
      const [endSecond] = waiting.splice(0);
      await inspector.retry(dead.id);
      await until('it runs again', () => waiting.length === 1);
      await jobs.enqueue(LastJob, { key: 'k', n: 3 });
      releaseAll();
      await until('it is dead again', async () => (await inspector.find(dead.id))?.state === 'dead');
      expect(ran).toEqual(['last k 1', 'last k 2', 'last k 1']);
      endSecond!();
      await performed('last k 3');
      releaseAll();
    });

    it('are refused if their keys cannot be built or the job cannot be stored', async () => {
      const { jobs } = await start();
      const byDate = { by: ({ a }: { a: number }) => new Date(a) };
      await expect(jobs.enqueue(WholeJob, { a: 1 }, { unique: byDate })).rejects.toMatchObject({
        code: 'FLEDGE_OPTION_INVALID',
        message: expect.stringContaining('is a Date') as string,
      });
      const endless: Record<string, unknown> = {};
      endless.a = endless;
      await expect(jobs.enqueue(WholeJob, endless as { a: number })).rejects.toMatchObject({
        code: 'FLEDGE_PAYLOAD_INVALID',
      });
    });

    it('are refused if "by" names a field that the payload lacks', async () => {
      const { jobs } = await start();
      const payload = {} as { key: string };
      await expect(jobs.enqueue(ForJob, payload)).rejects.toMatchObject({
        code: 'FLEDGE_OPTION_INVALID',
        message: expect.stringContaining('unique by "key"') as string,
      });
    });
  });
}
