import { once } from 'node:events';
import {
  BulkEnqueueError,
  Job,
  JobsService,
  type EnqueueMiddleware,
  type JobContext,
  type JobMiddleware,
  type JobsOptions,
} from 'nestjs-fledge';
import { beforeEach, describe, expect, it } from 'vitest';
import { finished, type Driven, type Driver } from '../support/kit-drivers.js';

/** What these jobs did, in order. */
const ran: string[] = [];
const payloads: unknown[] = [];

@Job()
class NoteJob {
  async perform(payload: { note: string; list?: string[]; left?: undefined }): Promise<string> {
    ran.push(payload.note);
    payloads.push(payload);
    return payload.note;
  }
}

@Job({ queue: 'mailers' })
class ChainJob {
  constructor(private readonly jobs: JobsService) {}
  async perform({ links }: { links: number }): Promise<void> {
    ran.push(`link ${links}`);
    if (links === 0) return;
    await this.jobs.enqueue(ChainJob, { links: links - 1 }, links === 1 ? { delay: '1h' } : {});
    await this.jobs.enqueue(NoteJob, { note: `of link ${links}` });
  }
}

@Job({ timeout: 40, attempts: 1 })
class SlowJob {
  async perform(_payload: undefined, { signal }: JobContext): Promise<void> {
    await once(signal, 'abort');
    throw signal.reason;
  }
}

const around: JobMiddleware = {
  async handle({ context }, next) {
    ran.push(`> ${context.meta.tenant ?? 'no tenant'}`);
    const result = await next();
    ran.push('<');
    return result;
  },
};
const stamp: EnqueueMiddleware = {
  async handle(call, next) {
    call.meta.tenant = 'acme';
    return next();
  },
};
const veto: EnqueueMiddleware = {
  async handle(call, next) {
    if ((call.payload as { note?: string } | undefined)?.note === 'forbidden') return;
    return next();
  },
};

/** Jobs and time behave the same in the testing kit and on Redis. */
export function kitBehaviour(driver: Driver): void {
  const providers = [NoteJob, ChainJob, SlowJob];
  const open = (options?: JobsOptions): Promise<Driven> =>
    driver.open({ providers, ...(options && { options }) });

  beforeEach(() => {
    ran.length = payloads.length = 0;
  });

  describe(`with ${driver.name}: enqueue and perform`, () => {
    it('returns a receipt, and runs nothing before the test asks for it', async () => {
      const { jobs, settle } = await open();
      expect(await jobs.enqueue(NoteJob, { note: 'hello' })).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) as string,
        name: 'NoteJob',
        queue: 'default',
        status: 'enqueued',
      });
      expect(ran).toEqual([]);
      await settle();
      await settle();
      expect(ran).toEqual(['hello']);
    });

    it('runs jobs in the order of their enqueues, and those with a priority last', async () => {
      const { jobs, settle } = await open();
      await jobs.enqueue(NoteJob, { note: 'p9' }, { priority: 9 });
      await jobs.enqueue(NoteJob, { note: 'p1 first' }, { priority: 1 });
      await jobs.enqueue(NoteJob, { note: 'p1 second' }, { priority: 1 });
      await jobs.enqueueAll(NoteJob, [{ note: 'a' }, { note: 'b' }, { note: 'c' }]);
      await settle();
      expect(ran).toEqual(['a', 'b', 'c', 'p1 first', 'p1 second', 'p9']);
    });

    it('sends payloads through JSON', async () => {
      const { jobs, settle } = await open();
      const list = ['as it was'];
      await jobs.enqueue(NoteJob, { note: 'json', list, left: undefined });
      list.push('changed later');
      await settle();
      expect(payloads).toStrictEqual([{ note: 'json', list: ['as it was'] }]);
    });

    it('refuses payloads that are not JSON or too large', async () => {
      const { jobs, settle } = await open({ payloadLimit: { refuse: 1_000 } });
      const date = { note: new Date() as unknown as string };
      await expect(jobs.enqueue(NoteJob, date)).rejects.toMatchObject({
        code: 'FLEDGE_PAYLOAD_INVALID',
        message: expect.stringContaining('payload.note is a Date') as string,
      });
      await expect(jobs.enqueue(NoteJob, { note: 'x'.repeat(1_000) })).rejects.toMatchObject({
        code: 'FLEDGE_PAYLOAD_TOO_LARGE',
      });
      const error: unknown = await jobs
        .enqueueAll(NoteJob, [{ note: 'good' }, date])
        .catch((thrown: unknown) => thrown);
      expect((error as BulkEnqueueError).receipts.map(({ status }) => status)).toEqual([
        'enqueued',
        'failed',
      ]);
      await settle();
      expect(ran).toEqual(['good']);
    });

    it('runs the jobs that jobs enqueue, in every queue, and leaves scheduled jobs', async () => {
      const { jobs, settle, go } = await open();
      await jobs.enqueue(ChainJob, { links: 2 });
      await settle();
      expect(ran.toSorted()).toEqual(['link 1', 'link 2', 'of link 1', 'of link 2']);
      await go('1h');
      expect(ran.slice(4)).toEqual(['link 0']);
    });

    it('recognises the id of a job that was enqueued before, also after it is done', async () => {
      const { jobs, settle } = await open();
      const { id } = await jobs.enqueue(NoteJob, { note: 'once' });
      const again = { id, name: 'NoteJob', queue: 'default', status: 'duplicate', duplicateOf: id };
      expect(await jobs.enqueue(NoteJob, { note: 'once' }, { id })).toEqual(again);
      await settle();
      expect(await jobs.enqueue(NoteJob, { note: 'once' }, { id })).toEqual(again);
      await settle();
      expect(ran).toEqual(['once']);
    });
  });

  describe(`with ${driver.name}: time`, () => {
    it('waits for delay and at, and runs a job now if its time has passed', async () => {
      const { jobs, settle, go, inspector } = await open();
      await jobs.enqueue(NoteJob, { note: 'in 2 h' }, { delay: '2h' });
      await jobs.enqueue(NoteJob, { note: 'at 1 h' }, { at: new Date(Date.now() + 3_600_000) });
      const past = await jobs.enqueue(NoteJob, { note: 'past' }, { at: Date.now() - 1_000 });
      await settle();
      expect(ran).toEqual(['past']);
      expect(await inspector.find(past.id)).toMatchObject({ state: 'completed', result: 'past' });
      await go('50m');
      expect((await inspector.jobs('scheduled')).jobs).toHaveLength(2);
      await go('11m');
      expect(ran).toEqual(['past', 'at 1 h']);
      await go('3h');
      expect(ran).toEqual(['past', 'at 1 h', 'in 2 h']);
    });

    it('runs a job that falls due after the jobs that were already waiting', async () => {
      const { jobs, settle, pause } = await open();
      await jobs.enqueue(NoteJob, { note: 'delayed' }, { delay: driver.moment / 2 });
      await jobs.enqueueAll(NoteJob, [{ note: 'first' }, { note: 'second' }]);
      await pause();
      await settle();
      expect(ran).toEqual(['first', 'second', 'delayed']);
    });

    it('drops a job with expiresIn that starts too late, counted from when it was due', async () => {
      const driven = await open();
      const { jobs, settle, pause, go } = driven;
      await jobs.enqueue(NoteJob, { note: 'too late' }, { expiresIn: driver.moment });
      await jobs.enqueue(NoteJob, { note: 'has more time' }, { expiresIn: '1d' });
      await jobs.enqueue(NoteJob, { note: 'due later' }, { delay: '2d', expiresIn: '1d' });
      await pause();
      await settle();
      await go('2d');
      expect(ran).toEqual(['has more time', 'due later']);
      expect(finished(driven)[0]).toMatchObject({
        attempt: 1,
        outcome: { kind: 'expired', reason: { code: 'FLEDGE_JOB_EXPIRED' } },
      });
    });

    it('supports edits of scheduled and completed jobs at any time of the test clock', async () => {
      const { jobs, settle, go, inspector } = await open();
      await go('3h');
      const [promoted, moved, forgotten] = await jobs.enqueueAll(
        NoteJob,
        [{ note: 'promoted' }, { note: 'moved' }, { note: 'forgotten' }],
        { delay: '1h' },
      );
      await inspector.promote(promoted!.id);
      await inspector.move(moved!.id, 'mailers');
      await inspector.discard(forgotten!.id);
      await settle();
      expect(ran).toEqual(['promoted']);
      expect(await inspector.discardAll('completed')).toBe(1);
      await go('2h');
      expect(ran).toEqual(['promoted', 'moved']);
    });

    it('fails an attempt after its timeout', async () => {
      const driven = await open();
      await driven.jobs.enqueue(SlowJob);
      await driven.settle();
      expect(finished(driven)).toMatchObject([
        { outcome: { kind: 'failed', error: { code: 'FLEDGE_JOB_TIMEOUT', reason: 'timeout' } } },
      ]);
    });
  });

  describe(`with ${driver.name}: middleware`, () => {
    it('runs around enqueue and perform, and passes meta from one to the other', async () => {
      const { jobs, settle } = await open({ middleware: [around], enqueueMiddleware: [stamp] });
      await jobs.enqueue(NoteJob, { note: 'wrapped' });
      await settle();
      expect(ran).toEqual(['> acme', 'wrapped', '<']);
      expect(await jobs.perform(NoteJob, { note: 'here' })).toBe('here');
      expect(ran.slice(3)).toEqual(['> no tenant', 'here', '<']);
    });

    it('can veto an enqueue', async () => {
      const { jobs, settle } = await open({ enqueueMiddleware: [veto] });
      expect(await jobs.enqueue(NoteJob, { note: 'forbidden' })).toMatchObject({ status: 'vetoed' });
      const receipts = await jobs.enqueueAll(NoteJob, [{ note: 'a' }, { note: 'forbidden' }, { note: 'b' }]);
      expect(receipts.map(({ status }) => status)).toEqual(['enqueued', 'vetoed', 'enqueued']);
      await settle();
      expect(ran).toEqual(['a', 'b']);
    });
  });
}
