import { once } from 'node:events';
import {
  BulkEnqueueError,
  DiscardJob,
  Job,
  JobsService,
  KillJob,
  SnoozeJob,
  type EnqueueMiddleware,
  type FailureHandler,
  type JobContext,
  type JobEvent,
  type JobFailure,
  type JobMiddleware,
} from 'nestjs-fledge';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Driven, Driver, Setup } from '../support/kit-drivers.js';

/** What the jobs of this suite did, in order. */
const ran: string[] = [];
const payloads: unknown[] = [];

class PassingError extends Error {}
class HopelessError extends Error {}

@Job()
class NoteJob {
  async perform(payload: { note: string; list?: string[]; left?: undefined }): Promise<string> {
    ran.push(payload.note);
    payloads.push(payload);
    return payload.note;
  }
}

@Job({ attempts: 3, backoff: ['1h', '2h'] })
class FlakyJob implements FailureHandler {
  async perform({ until }: { until: number }, { attempt, attempts }: JobContext): Promise<void> {
    ran.push(`attempt ${attempt} of ${attempts}`);
    if (attempt < until) throw new Error(`not yet: ${attempt}`);
  }
  onError({ retryIn, job }: JobFailure): void {
    ran.push(`error of ${job.attempt} told${retryIn === undefined ? ', the last' : ''}`);
  }
  async onDeath({ error }: JobFailure): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    ran.push(`death told: ${error.message}`);
  }
}

@Job({
  attempts: 2,
  backoff: '1h',
  retryOn: [{ error: PassingError, attempts: 4, delay: '5m' }],
  discardOn: [HopelessError],
})
class RuledJob {
  async perform({ throws }: { throws: string[] }, { attempt }: JobContext): Promise<void> {
    ran.push(`attempt ${attempt}`);
    const name = throws[attempt - 1];
    if (name === 'passing') throw new PassingError('it passes');
    if (name === 'hopeless') throw new HopelessError('it never will');
    if (name) throw new Error(name);
  }
}

@Job()
class ControlJob {
  async perform({ does }: { does: string }, { attempt }: JobContext): Promise<void> {
    ran.push(`${does} in attempt ${attempt}`);
    if (does === 'discard') throw new DiscardJob('pointless');
    if (does === 'kill') throw new KillJob('hopeless');
    if (does === 'snooze' && ran.length < 3) throw new SnoozeJob('10m', 'too early');
  }
}

@Job({ attempts: 3, backoff: '1h' })
class NotingJob {
  async perform(_payload: undefined, { attempt, note, notes, log, progress }: JobContext): Promise<void> {
    ran.push(JSON.stringify(notes));
    await note(`step ${attempt}`, { did: attempt });
    await log(`line ${attempt}`);
    await progress({ row: attempt });
    if (attempt < 3) throw new Error('once more');
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

/** Cancels itself, as another process might while it runs. */
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
    ran.push(`> ${context.meta.tenant ?? 'nobody'}`);
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

type Finished = Extract<JobEvent, { type: 'finished' }>;

function finished({ events }: Driven): Finished[] {
  return events.filter((event) => event.type === 'finished');
}

const kinds = (driven: Driven): string[] => finished(driven).map(({ outcome }) => outcome.kind);

/** What a test sees of jobs is the same in the testing kit and on Redis. */
export function kitBehaviour(driver: Driver): void {
  const providers = [
    NoteJob,
    FlakyJob,
    RuledJob,
    ControlJob,
    NotingJob,
    FirstJob,
    ReplaceJob,
    SelfCancellingJob,
    ChainJob,
    SlowJob,
  ];
  const open = (setup: Partial<Setup> = {}): Promise<Driven> => driver.open({ providers, ...setup });

  beforeEach(() => {
    ran.length = payloads.length = 0;
  });

  describe(`with ${driver.name}: enqueue and perform`, () => {
    it('gives a receipt, and runs nothing before it is asked to', async () => {
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

    it('runs jobs in the order of their enqueues, those with a priority last', async () => {
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

    it('refuses payloads that are no JSON, or too large', async () => {
      const { jobs, settle } = await open({ options: { payloadLimit: { refuse: 1_000 } } });
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

    it('runs what jobs enqueue, in whichever queue, and leaves what is for later', async () => {
      const { jobs, settle, go } = await open();
      await jobs.enqueue(ChainJob, { links: 2 });
      await settle();
      expect(ran.toSorted()).toEqual(['link 1', 'link 2', 'of link 1', 'of link 2']);
      await go('1h');
      expect(ran.slice(4)).toEqual(['link 0']);
    });

    it('recognises a job that is enqueued again, also when it is done', async () => {
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
    it('waits for delay and for at, and takes a time that has passed for now', async () => {
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

    it('puts what falls due behind what waits already', async () => {
      const { jobs, settle, pause } = await open();
      await jobs.enqueue(NoteJob, { note: 'delayed' }, { delay: driver.moment / 2 });
      await jobs.enqueueAll(NoteJob, [{ note: 'first' }, { note: 'second' }]);
      await pause();
      await settle();
      expect(ran).toEqual(['first', 'second', 'delayed']);
    });

    it('drops what could not start in time, counted from when it was due', async () => {
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

    it('fails an attempt that takes too long', async () => {
      const driven = await open();
      await driven.jobs.enqueue(SlowJob);
      await driven.settle();
      expect(finished(driven)).toMatchObject([
        { outcome: { kind: 'failed', error: { code: 'FLEDGE_JOB_TIMEOUT', reason: 'timeout' } } },
      ]);
    });
  });

  describe(`with ${driver.name}: failure`, () => {
    it('tries again after the backoff, and counts attempts', async () => {
      const driven = await open();
      const { jobs, settle, go, inspector } = driven;
      const { id } = await jobs.enqueue(FlakyJob, { until: 3 });
      await settle();
      expect(ran).toEqual(['attempt 1 of 3', 'error of 1 told']);
      expect(await inspector.find(id)).toMatchObject({
        state: 'retrying',
        attempt: 1,
        error: { name: 'Error', message: 'not yet: 1' },
      });
      await go('30m');
      expect(ran).toHaveLength(2);
      await go('31m');
      await go('2h');
      expect(ran.slice(2)).toEqual(['attempt 2 of 3', 'error of 2 told', 'attempt 3 of 3']);
      expect(finished(driven)).toMatchObject([
        { attempt: 1, outcome: { kind: 'failed', retryIn: 3_600_000 } },
        { attempt: 2, outcome: { kind: 'failed', retryIn: 7_200_000 } },
        { attempt: 3, attempts: 3, outcome: { kind: 'completed' } },
      ]);
      expect(await inspector.find(id)).toMatchObject({ state: 'completed', attempt: 3 });
    });

    it('is dead after the last attempt, and has told so; and may be retried by hand', async () => {
      const { jobs, go, settle, inspector } = await open();
      const { id } = await jobs.enqueue(FlakyJob, { until: 9 });
      await go('4h');
      expect(ran).toEqual([
        'attempt 1 of 3',
        'error of 1 told',
        'attempt 2 of 3',
        'error of 2 told',
        'attempt 3 of 3',
        'error of 3 told, the last',
        'death told: not yet: 3',
      ]);
      expect(await inspector.find(id)).toMatchObject({ state: 'dead', error: { message: 'not yet: 3' } });
      await inspector.retry(id);
      await settle();
      expect(ran.slice(7)).toEqual(['attempt 1 of 3', 'error of 1 told']);
    });

    it('takes attempts, backoff and queue of the call', async () => {
      const { jobs, settle, go, inspector } = await open();
      const { id } = await jobs.enqueue(
        FlakyJob,
        { until: 9 },
        { attempts: 2, backoff: '5m', queue: 'mailers' },
      );
      await settle();
      await go('6m');
      expect(ran.filter((line) => line.startsWith('attempt'))).toEqual(['attempt 1 of 2', 'attempt 2 of 2']);
      expect(await inspector.find(id)).toMatchObject({ state: 'dead', queue: 'mailers' });
    });

    it('follows the rules for classes of errors', async () => {
      const driven = await open();
      const { jobs, go } = driven;
      await jobs.enqueue(RuledJob, { throws: ['passing', 'passing', 'other'] });
      await go('12m');
      expect(ran).toEqual(['attempt 1', 'attempt 2', 'attempt 3']);
      await go('1h');
      expect(ran).toHaveLength(4);
      expect(finished(driven)).toMatchObject([
        { outcome: { kind: 'failed', retryIn: 300_000 } },
        { outcome: { kind: 'failed', retryIn: 300_000 } },
        { outcome: { kind: 'failed', retryIn: 3_600_000 } },
        { outcome: { kind: 'completed' } },
      ]);
    });

    it('discards by the class of the error, without a trace', async () => {
      const driven = await open();
      const { id } = await driven.jobs.enqueue(RuledJob, { throws: ['hopeless'] });
      await driven.settle();
      expect(finished(driven)).toMatchObject([{ outcome: { kind: 'discarded' } }]);
      expect(await driven.inspector.find(id)).toBeUndefined();
    });

    it('obeys DiscardJob, KillJob and SnoozeJob', async () => {
      const driven = await open();
      const { jobs, settle, go, inspector } = driven;
      const discarded = await jobs.enqueue(ControlJob, { does: 'discard' });
      const killed = await jobs.enqueue(ControlJob, { does: 'kill' });
      await settle();
      expect(kinds(driven)).toEqual(['discarded', 'killed']);
      expect(await inspector.find(discarded.id)).toBeUndefined();
      expect(await inspector.find(killed.id)).toMatchObject({
        state: 'dead',
        error: { code: 'FLEDGE_JOB_KILLED' },
      });
      ran.length = 0;
      await jobs.enqueue(ControlJob, { does: 'snooze' });
      await go('30m');
      expect(ran).toEqual(Array.from({ length: 3 }, () => 'snooze in attempt 1'));
      expect(kinds(driven).slice(2)).toEqual(['snoozed', 'snoozed', 'completed']);
    });

    it('keeps notes, log lines and progress from attempt to attempt', async () => {
      const { jobs, go, inspector } = await open();
      const { id } = await jobs.enqueue(NotingJob);
      await go('2h');
      expect(ran.map((notes) => JSON.parse(notes) as object)).toEqual([
        {},
        { 'step 1': { did: 1 } },
        { 'step 1': { did: 1 }, 'step 2': { did: 2 } },
      ]);
      expect(await inspector.logs(id)).toEqual(['line 1', 'line 2', 'line 3']);
      expect(await inspector.find(id)).toMatchObject({ state: 'completed', progress: { row: 3 } });
    });
  });

  describe(`with ${driver.name}: one at a time, or none`, () => {
    it('keeps the first of unique jobs, until it is done', async () => {
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

    it('puts a later one in the place of one that waits, or is scheduled', async () => {
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

    it('lets a unique job come again when its time is over', async () => {
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

    it('cancels what waits, is scheduled or waits for another attempt, by id and by class', async () => {
      const { jobs, settle, go } = await open();
      const waiting = await jobs.enqueue(NoteJob, { note: 'waits' });
      await jobs.enqueue(FlakyJob, { until: 9 });
      expect(await jobs.cancel(waiting)).toEqual({ removed: 1, signalled: 0 });
      await settle();
      await jobs.enqueue(NoteJob, { note: 'later' }, { delay: '1h' });
      await jobs.enqueue(NoteJob, { note: 'now' });
      expect(await jobs.cancel(NoteJob)).toEqual({ removed: 2, signalled: 0 });
      expect(await jobs.cancel(FlakyJob)).toEqual({ removed: 1, signalled: 0 });
      await go('4h');
      expect(ran).toEqual(['attempt 1 of 3', 'error of 1 told']);
    });

    it('cancels a job that runs', async () => {
      const driven = await open();
      const { id } = await driven.jobs.enqueue(SelfCancellingJob);
      await driven.settle();
      expect(ran).toEqual(['{"removed":0,"signalled":1}', 'cancel']);
      expect(kinds(driven)).toEqual(['cancelled']);
      expect(await driven.inspector.find(id)).toBeUndefined();
    });
  });

  describe(`with ${driver.name}: middleware`, () => {
    it('runs around both sides, and carries meta across', async () => {
      const { jobs, settle } = await open({ options: { middleware: [around], enqueueMiddleware: [stamp] } });
      await jobs.enqueue(NoteJob, { note: 'wrapped' });
      await settle();
      expect(ran).toEqual(['> acme', 'wrapped', '<']);
      expect(await jobs.perform(NoteJob, { note: 'here' })).toBe('here');
      expect(ran.slice(3)).toEqual(['> nobody', 'here', '<']);
    });

    it('may veto an enqueue', async () => {
      const { jobs, settle } = await open({ options: { enqueueMiddleware: [veto] } });
      expect(await jobs.enqueue(NoteJob, { note: 'forbidden' })).toMatchObject({ status: 'vetoed' });
      const receipts = await jobs.enqueueAll(NoteJob, [{ note: 'a' }, { note: 'forbidden' }, { note: 'b' }]);
      expect(receipts.map(({ status }) => status)).toEqual(['enqueued', 'vetoed', 'enqueued']);
      await settle();
      expect(ran).toEqual(['a', 'b']);
    });
  });
}
