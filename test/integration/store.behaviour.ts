import { type EnqueueOptions } from 'nestjs-fledge';
import { describe, expect, it } from 'vitest';
import { until } from '../support/until.js';
import {
  FactoryJob,
  FlakyJob,
  FollowUpJob,
  NoteJob,
  OtherQueueJob,
  RequestScopedJob,
  SlowJob,
  storeFixture,
  ValueJob,
} from './store-fixture.js';

/** Running jobs, the options of a call, and failures. The same tests run on memory and on Redis. */
export function storeBehaviour(kind: 'memory' | 'redis', url: () => string): void {
  const { open, start } = storeFixture(url);

  describe(`on ${kind}: enqueue and perform`, () => {
    it('runs a job with its payload and context, and returns a receipt', async () => {
      const { jobs, event, journal } = await start();
      const receipt = await jobs.enqueue(NoteJob, { note: 'hello' });
      expect(receipt).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
        name: 'NoteJob',
        queue: 'default',
        status: 'enqueued',
      });
      const { outcome } = await event('finished');
      expect(outcome).toEqual({ kind: 'completed', result: 'hello' });
      expect(journal.ran).toEqual(['hello']);
      const { id, name, queue, attempt, attempts, signal, meta } = journal.contexts[0]!;
      expect({ id, name, queue, attempt, attempts, meta }).toEqual({
        id: receipt.id,
        name: 'NoteJob',
        queue: 'default',
        attempt: 1,
        attempts: 25,
        meta: {},
      });
      expect(signal.aborted).toBe(false);
      const { log, progress } = journal.contexts[0]!;
      await log('a line');
      await progress(50);
      await progress({ row: 3 });
    });

    it('finds job classes of each kind of provider, with their dependencies', async () => {
      const { jobs, performed } = await start();
      await jobs.enqueue(FollowUpJob);
      await jobs.enqueue(FactoryJob);
      await jobs.enqueue(ValueJob);
      await jobs.enqueue(OtherQueueJob);
      await performed('has NoteJob', 'from a factory', 'value', 'other');
    });

    it('creates a request-scoped job for each attempt', async () => {
      const { jobs, journal } = await start();
      await jobs.enqueue(RequestScopedJob);
      await jobs.enqueue(RequestScopedJob);
      await until('both journal.ran', () => journal.instances.size === 2);
      expect(journal.ran).toEqual(['scoped RequestScopedJob', 'scoped RequestScopedJob']);
    });

    it('sends payloads through JSON, so undefined properties are gone', async () => {
      const { jobs, performed } = await start();
      await jobs.enqueue(NoteJob, { note: 'json', left: undefined } as { note: string });
      await performed('json');
      await expect(jobs.enqueue(NoteJob, { note: new Date() as unknown as string })).rejects.toMatchObject({
        code: 'FLEDGE_PAYLOAD_INVALID',
        message: expect.stringContaining('payload.note is a Date'),
      });
    });

    it('runs nothing before the worker starts', async () => {
      const { jobs, worker, journal, performed } = await open();
      // In memory the application starts its own worker, so this is tested only on Redis.
      if (kind === 'memory') return;
      await jobs.enqueue(NoteJob, { note: 'early' });
      await new Promise((resolve) => setImmediate(resolve));
      expect(journal.ran).toEqual([]);
      await worker.start();
      await performed('early');
    });
  });

  describe(`on ${kind}: options of one call`, () => {
    it('waits for delay and at', async () => {
      const { jobs, event, journal, performed } = await start();
      const before = Date.now();
      await jobs.enqueue(NoteJob, { note: 'at' }, { at: new Date(before + 600) });
      await jobs.enqueue(NoteJob, { note: 'delay' }, { delay: 300 });
      await jobs.enqueue(NoteJob, { note: 'past' }, { at: before - 1_000 });
      await event('enqueued', ({ delay }) => delay > 300);
      await performed('at');
      expect(journal.ran).toEqual(['past', 'delay', 'at']);
      expect(Date.now() - before).toBeGreaterThanOrEqual(595);
    });

    it('runs jobs without a priority first, then 1, 2, …, and equals in their journal.order', async () => {
      const { jobs, journal, performed } = await start({
        queues: { default: { concurrency: 1 }, mailers: {} },
      });
      await jobs.enqueue(SlowJob, { obeys: false });
      await performed('slow started');
      await jobs.enqueue(NoteJob, { note: 'p9' }, { priority: 9 });
      await jobs.enqueue(NoteJob, { note: 'p1 first' }, { priority: 1 });
      await jobs.enqueue(NoteJob, { note: 'p1 second' }, { priority: 1 });
      await jobs.enqueue(NoteJob, { note: 'none' });
      journal.release();
      await performed('p9');
      expect(journal.ran).toEqual(['slow started', 'slow ended', 'none', 'p1 first', 'p1 second', 'p9']);
    });

    it('runs a job that falls due after the jobs that were already waiting', async () => {
      const { jobs, journal, performed } = await start({
        queues: { default: { concurrency: 1 }, mailers: {} },
      });
      await jobs.enqueue(SlowJob, { obeys: false });
      await performed('slow started');
      await jobs.enqueue(NoteJob, { note: 'delayed' }, { delay: 30 });
      for (const note of ['first', 'second']) await jobs.enqueue(NoteJob, { note });
      const due = Date.now() + 60;
      await until('the delayed one is due', () => Date.now() > due);
      journal.release();
      await performed('delayed');
      expect(journal.ran.slice(2)).toEqual(['first', 'second', 'delayed']);
    });

    it('uses queue and attempts of the call', async () => {
      const { jobs, event, journal } = await start();
      await jobs.enqueue(FlakyJob, { until: 9 }, { attempts: 2, queue: 'mailers' });
      const { queue } = await event(
        'finished',
        ({ outcome }) => outcome.kind === 'failed' && outcome.retryIn === undefined,
      );
      expect(queue).toBe('mailers');
      expect(journal.ran).toEqual(['attempt 1 of 2', 'attempt 2 of 2']);
    });

    it.each([
      [{ delay: '5 minutes' as '5m' }, 'FLEDGE_OPTION_INVALID'],
      [{ delay: 1, at: new Date() }, 'FLEDGE_OPTION_INVALID'],
      [{ at: new Date('never') }, 'FLEDGE_OPTION_INVALID'],
      [{ priority: 0 }, 'FLEDGE_OPTION_INVALID'],
      [{ priority: 3_000_000 }, 'FLEDGE_OPTION_INVALID'],
      [{ attempts: 0 }, 'FLEDGE_OPTION_INVALID'],
      [{ queue: 'mailrs' }, 'FLEDGE_QUEUE_UNDECLARED'],
    ])('refuses %j', async (options, code) => {
      const { jobs, journal } = await start();
      await expect(jobs.enqueue(NoteJob, { note: 'no' }, options as EnqueueOptions)).rejects.toMatchObject({
        code,
      });
      expect(journal.ran).toEqual([]);
    });
  });

  describe(`on ${kind}: failures`, () => {
    it('retries after the backoff until the job succeeds', async () => {
      const { jobs, event, journal } = await start();
      await jobs.enqueue(FlakyJob, { until: 3 });
      await event('finished', ({ outcome }) => outcome.kind === 'completed');
      expect(journal.ran).toEqual(['attempt 1 of 3', 'attempt 2 of 3', 'attempt 3 of 3']);
      const { outcome } = await event('finished', ({ attempt }) => attempt === 1);
      expect(outcome).toMatchObject({ kind: 'failed', retryIn: 20, error: { message: 'not yet: 1' } });
    });

    it('dies after the last attempt', async () => {
      const { jobs, event } = await start();
      await jobs.enqueue(FlakyJob, { until: 9 });
      const dead = await event(
        'finished',
        ({ outcome }) => outcome.kind === 'failed' && outcome.retryIn === undefined,
      );
      expect(dead).toMatchObject({ attempt: 3, attempts: 3 });
    });
  });
}
