import { once } from 'node:events';
import { Job, JobsService, type JobContext } from 'nestjs-fledge';
import { beforeEach, describe, expect, it } from 'vitest';
import { kindsOf, type Driven, type Driver } from '../support/kit-drivers.js';

/** What these jobs did, in order. */
const ran: string[] = [];

@Job()
class NoteJob {
  async perform({ note }: { note: string }): Promise<void> {
    ran.push(note);
  }
}

@Job({ backoff: '1h' })
class FailingJob {
  async perform(): Promise<void> {
    ran.push('fails');
    throw new Error('never');
  }
}

@Job({ unique: { by: ['key'] } })
class FirstJob {
  async perform({ key, n }: { key: string; n: number }): Promise<void> {
    ran.push(`first ${key} ${n}`);
  }
}

@Job({ unique: { by: ['key'], mode: 'replace' } })
class ReplaceJob {
  async perform({ key, n }: { key: string; n: number }): Promise<void> {
    ran.push(`replace ${key} ${n}`);
  }
}

const waysToBeUnique = {
  'until it is done': {},
  'until it starts': { until: 'start' },
  'with a follower': { mode: 'last' },
  'with a successor': { mode: 'replace' },
} as const;
type Way = keyof typeof waysToBeUnique;

/** The first attempt enqueues two unique jobs with the same key. */
@Job()
class AgainJob {
  constructor(private readonly jobs: JobsService) {}
  async perform({ n, way }: { n: number; way: Way }): Promise<void> {
    ran.push(`again ${n}`);
    if (n > 1) return;
    for (const next of [2, 3]) {
      const unique = { by: ['way' as const], ...waysToBeUnique[way] };
      const { status } = await this.jobs.enqueue(AgainJob, { n: next, way }, { unique });
      ran.push(status);
    }
  }
}

/** Cancels itself, as another process might do while it runs. */
@Job()
class SelfCancellingJob {
  constructor(private readonly jobs: JobsService) {}
  async perform(_payload: undefined, { id, signal }: JobContext): Promise<void> {
    const aborted = once(signal, 'abort');
    ran.push(JSON.stringify(await this.jobs.cancel(id)));
    await aborted;
    ran.push((signal.reason as { reason: string }).reason);
    throw signal.reason;
  }
}

/** Unique jobs and cancellations behave the same in the testing kit and on Redis. */
export function kitUniqueBehaviour(driver: Driver): void {
  const providers = [NoteJob, FailingJob, FirstJob, ReplaceJob, AgainJob, SelfCancellingJob];
  const open = (): Promise<Driven> => driver.open({ providers });

  beforeEach(() => {
    ran.length = 0;
  });

  describe(`with ${driver.name}: unique jobs and cancellation`, () => {
    it('drops later unique jobs until the first is done', async () => {
      const { jobs, settle } = await open();
      const { id } = await jobs.enqueue(FirstJob, { key: 'k', n: 1 });
      expect(await jobs.enqueue(FirstJob, { key: 'k', n: 2 })).toMatchObject({
        status: 'duplicate',
        duplicateOf: id,
      });
      expect(await jobs.enqueue(FirstJob, { key: 'other', n: 3 })).toMatchObject({ status: 'enqueued' });
      await settle();
      expect(await jobs.enqueue(FirstJob, { key: 'k', n: 4 })).toMatchObject({ status: 'enqueued' });
      await settle();
      expect(ran).toEqual(['first k 1', 'first other 3', 'first k 4']);
    });

    it('replaces a waiting or scheduled job with a later one', async () => {
      const { jobs, settle, go } = await open();
      const first = await jobs.enqueue(ReplaceJob, { key: 'k', n: 1 }, { delay: '1h' });
      const second = await jobs.enqueue(ReplaceJob, { key: 'k', n: 2 });
      expect(second).toMatchObject({ status: 'replaced', duplicateOf: first.id });
      expect(await jobs.enqueue(ReplaceJob, { key: 'k', n: 3 })).toMatchObject({
        status: 'replaced',
        duplicateOf: second.id,
      });
      await settle();
      await go('2h');
      expect(ran).toEqual(['replace k 3']);
    });

    it('accepts another unique job after the time of "for"', async () => {
      const { jobs, settle, pause } = await open();
      const unique = { by: ['key' as const], for: driver.moment };
      const { id } = await jobs.enqueue(FirstJob, { key: 'k', n: 1 }, { unique });
      expect(await jobs.enqueue(FirstJob, { key: 'k', n: 2 }, { unique })).toMatchObject({ duplicateOf: id });
      await pause();
      expect(await jobs.enqueue(FirstJob, { key: 'k', n: 3 }, { unique })).toMatchObject({
        status: 'enqueued',
      });
      await settle();
      expect(ran).toEqual(['first k 1', 'first k 3']);
    });

    it.each<[Way, string[]]>([
      ['until it is done', ['duplicate', 'duplicate']],
      ['until it starts', ['enqueued', 'duplicate', 'again 2']],
      ['with a follower', ['enqueued', 'enqueued', 'again 3']],
      ['with a successor', ['duplicate', 'duplicate']],
    ])('recognises a running job that is unique %s', async (way, then) => {
      const { jobs, settle } = await open();
      const unique = { by: ['way' as const], ...waysToBeUnique[way] };
      await jobs.enqueue(AgainJob, { n: 1, way }, { unique });
      await settle();
      expect(ran).toEqual(['again 1', ...then]);
    });

    it('cancels waiting, scheduled and retrying jobs, by id and by class', async () => {
      const { jobs, settle, go } = await open();
      const waiting = await jobs.enqueue(NoteJob, { note: 'waits' });
      await jobs.enqueue(FailingJob);
      expect(await jobs.cancel(waiting)).toEqual({ removed: 1, signalled: 0 });
      await settle();
      await jobs.enqueue(NoteJob, { note: 'later' }, { delay: '1h' });
      await jobs.enqueue(NoteJob, { note: 'now' });
      expect(await jobs.cancel(NoteJob)).toEqual({ removed: 2, signalled: 0 });
      expect(await jobs.cancel(FailingJob)).toEqual({ removed: 1, signalled: 0 });
      await go('4h');
      expect(ran).toEqual(['fails']);
    });

    it('cancels a running job', async () => {
      const driven = await open();
      const { id } = await driven.jobs.enqueue(SelfCancellingJob);
      await driven.settle();
      expect(ran).toEqual(['{"removed":0,"signalled":1}', 'cancel']);
      expect(kindsOf(driven)).toEqual(['cancelled']);
      expect(await driven.inspector.find(id)).toBeUndefined();
    });
  });
}
