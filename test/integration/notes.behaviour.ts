import { Job, JobsInspector, KillJob, SnoozeJob, type JobContext } from 'nestjs-fledge';
import { beforeEach, describe, expect, it } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

type Step = 'fail' | 'snooze' | 'kill' | 'end' | 'wait';

/** The notes that each attempt found, in order. */
const found: unknown[] = [];
const release: (() => void)[] = [];

@Job({ attempts: 5, backoff: 1 })
class NotingJob {
  async perform({ steps }: { steps: readonly Step[] }, { notes, note, signal }: JobContext): Promise<void> {
    found.push({ ...notes });
    const step = steps[found.length - 1] ?? 'end';
    // Concurrently, as careless code does.
    await Promise.all([note('steps', found.length), note(`step ${found.length}`, { did: step })]);
    if (step === 'fail') throw new Error('told to fail');
    if (step === 'snooze') throw new SnoozeJob(1);
    if (step === 'kill') throw new KillJob('told to die');
    if (step === 'wait') {
      await new Promise<void>((resolve, reject) => {
        release.push(resolve);
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    }
  }
}

@Job({ attempts: 1 })
class CarelessJob {
  async perform(
    { value, size }: { value?: string; size?: number },
    { note, notes }: JobContext,
  ): Promise<unknown> {
    if (value === 'date') await note('at', new Date() as unknown as string);
    if (value === 'prototype') await note('__proto__', 1);
    if (value === 'remove') {
      await note('a', 1);
      await note('b', [null, 'x']);
      await note('a', undefined);
    }
    if (value === 'reused') {
      const noted = { n: 0 };
      for (noted.n = 1; noted.n <= 2; noted.n++) await note(`n${noted.n}`, noted);
    }
    if (size !== undefined) await note('large', 'x'.repeat(size));
    return notes;
  }
}

export function notesBehaviour(kind: string, url: () => string): void {
  const start = async (at = url()): Promise<JobsApp> => {
    const queues = { default: {}, other: {} };
    const app = await jobsApp({ url: at, queues, shutdownTimeout: '5200ms' }, [NotingJob, CarelessJob]);
    await app.worker.start();
    return app;
  };

  describe(`a job's notes, on ${kind}`, () => {
    beforeEach(() => {
      found.length = release.length = 0;
    });

    it('are available in later attempts, after failures and snoozes', async () => {
      const app = await start();
      await app.jobs.enqueue(NotingJob, { steps: ['fail', 'snooze', 'fail'] });
      await app.event('finished', ({ outcome }) => outcome.kind === 'completed');
      expect(found).toEqual([
        {},
        { steps: 1, 'step 1': { did: 'fail' } },
        { steps: 2, 'step 1': { did: 'fail' }, 'step 2': { did: 'snooze' } },
        { steps: 3, 'step 1': { did: 'fail' }, 'step 2': { did: 'snooze' }, 'step 3': { did: 'fail' } },
      ]);
    });

    it('survive death, a move and a retry', async () => {
      const app = await start();
      const { id } = await app.jobs.enqueue(NotingJob, { steps: ['kill'] });
      await app.event('finished', ({ outcome }) => outcome.kind === 'killed');
      const inspector = app.app.get(JobsInspector);
      await until('it is dead', async () => (await inspector.find(id))?.state === 'dead');
      await inspector.move(id, 'other');
      await inspector.retry(id);
      await app.event('finished', ({ outcome, queue }) => outcome.kind === 'completed' && queue === 'other');
      expect(found).toEqual([{}, { steps: 1, 'step 1': { did: 'kill' } }]);
    });

    it('belong to this job only, and can be removed', async () => {
      const app = await start();
      await app.jobs.enqueue(CarelessJob, { value: 'remove' });
      const { outcome } = await app.event('finished');
      expect(outcome).toEqual({ kind: 'completed', result: { b: [null, 'x'] } });
    });

    it('keep the state of an object at the time of the note', async () => {
      const app = await start();
      await app.jobs.enqueue(CarelessJob, { value: 'reused' });
      const { outcome } = await app.event('finished');
      expect(outcome).toEqual({ kind: 'completed', result: { n1: { n: 1 }, n2: { n: 2 } } });
    });

    it.each([
      [{ value: 'date' }, /CarelessJob cannot note this: note\.at is a Date/],
      [{ value: 'prototype' }, /note\.__proto__ is a key that can change/],
      [{ size: 16_384 }, /its notes would have more than 16384 bytes of JSON/],
    ])('are refused: %j', async (payload, message) => {
      const app = await start();
      await app.jobs.enqueue(CarelessJob, payload);
      const { outcome } = await app.event('finished');
      expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'FLEDGE_NOTE_INVALID' } });
      expect((outcome as { error: Error }).error.message).toMatch(message);
    });

    it('are gone after a job that was run with perform', async () => {
      const app = await start();
      expect(await app.jobs.perform(CarelessJob, { value: 'remove' })).toEqual({ b: [null, 'x'] });
    });
  });

  if (kind === 'memory') return;
  it('notes survive when the job is put back and another worker takes it, on redis', async () => {
    found.length = 0;
    const at = url();
    const first = await start(at);
    await first.jobs.enqueue(NotingJob, { steps: ['wait'] });
    await until('it waits', () => release.length === 1);
    const second = await start(at);
    await first.worker.stop();
    await second.event('finished', ({ outcome }) => outcome.kind === 'completed');
    expect(found).toEqual([{}, { steps: 1, 'step 1': { did: 'wait' } }]);
  });
}
