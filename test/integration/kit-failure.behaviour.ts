import {
  DiscardJob,
  Job,
  KillJob,
  SnoozeJob,
  type FailureHandler,
  type JobContext,
  type JobFailure,
} from 'nestjs-fledge';
import { beforeEach, describe, expect, it } from 'vitest';
import { finished, kindsOf, type Driven, type Driver } from '../support/kit-drivers.js';

/** What these jobs did, in order. */
const ran: string[] = [];

class PassingError extends Error {}
class HopelessError extends Error {}

@Job({ attempts: 3, backoff: ['1h', '2h'] })
class FlakyJob implements FailureHandler {
  async perform({ until }: { until: number }, { attempt, attempts }: JobContext): Promise<void> {
    ran.push(`attempt ${attempt} of ${attempts}`);
    if (attempt < until) throw new Error(`not yet: ${attempt}`);
  }
  onError({ retryIn, job }: JobFailure): void {
    ran.push(`error of ${job.attempt} handled${retryIn === undefined ? ', the last' : ''}`);
  }
  async onDeath({ error }: JobFailure): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    ran.push(`death handled: ${error.message}`);
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

@Job({ attempts: 1, dead: false })
class LostJob {
  async perform(): Promise<void> {
    throw new Error('never');
  }
}

/** Failed jobs have the same outcomes in the testing kit and on Redis. */
export function kitFailureBehaviour(driver: Driver): void {
  const providers = [FlakyJob, RuledJob, ControlJob, NotingJob, LostJob];
  const open = (): Promise<Driven> => driver.open({ providers });

  beforeEach(() => {
    ran.length = 0;
  });

  describe(`with ${driver.name}: failures`, () => {
    it('retries after the backoff and counts the attempts', async () => {
      const driven = await open();
      const { jobs, settle, go, inspector } = driven;
      const { id } = await jobs.enqueue(FlakyJob, { until: 3 });
      await settle();
      expect(ran).toEqual(['attempt 1 of 3', 'error of 1 handled']);
      expect(await inspector.find(id)).toMatchObject({
        state: 'retrying',
        attempt: 1,
        error: { name: 'Error', message: 'not yet: 1' },
      });
      await go('30m');
      expect(ran).toHaveLength(2);
      await go('31m');
      await go('2h');
      expect(ran.slice(2)).toEqual(['attempt 2 of 3', 'error of 2 handled', 'attempt 3 of 3']);
      expect(finished(driven)).toMatchObject([
        { attempt: 1, outcome: { kind: 'failed', retryIn: 3_600_000 } },
        { attempt: 2, outcome: { kind: 'failed', retryIn: 7_200_000 } },
        { attempt: 3, attempts: 3, outcome: { kind: 'completed' } },
      ]);
      expect(await inspector.find(id)).toMatchObject({ state: 'completed', attempt: 3 });
    });

    it('dies after the last attempt, calls the failure handler, and can be retried', async () => {
      const { jobs, go, settle, inspector } = await open();
      const { id } = await jobs.enqueue(FlakyJob, { until: 9 });
      await go('4h');
      expect(ran).toEqual([
        'attempt 1 of 3',
        'error of 1 handled',
        'attempt 2 of 3',
        'error of 2 handled',
        'attempt 3 of 3',
        'error of 3 handled, the last',
        'death handled: not yet: 3',
      ]);
      expect(await inspector.find(id)).toMatchObject({ state: 'dead', error: { message: 'not yet: 3' } });
      await inspector.retry(id);
      await settle();
      expect(ran.slice(7)).toEqual(['attempt 1 of 3', 'error of 1 handled']);
    });

    it('uses attempts, backoff and queue of the call', async () => {
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

    it('applies rules for error classes', async () => {
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

    it('retries for retryFor of the call, and keeps nothing of a job with dead: false', async () => {
      const driven = await open();
      const { jobs, settle, inspector } = driven;
      const spent = await jobs.enqueue(LostJob);
      const tried = await jobs.enqueue(LostJob, undefined, { retryFor: '3h', backoff: '2h' });
      await settle();
      expect(finished(driven)).toMatchObject([
        { attempts: 1, outcome: { kind: 'discarded', exhausted: true } },
        { attempts: Infinity, outcome: { kind: 'failed', retryIn: 7_200_000 } },
      ]);
      expect(await inspector.find(spent.id)).toBeUndefined();
      expect(await inspector.find(tried.id)).toMatchObject({ state: 'retrying', attempts: Infinity });
    });

    it('discards by error class', async () => {
      const driven = await open();
      const { id } = await driven.jobs.enqueue(RuledJob, { throws: ['hopeless'] });
      await driven.settle();
      expect(finished(driven)).toMatchObject([{ outcome: { kind: 'discarded' } }]);
      expect(await driven.inspector.find(id)).toBeUndefined();
    });

    it('applies DiscardJob, KillJob and SnoozeJob', async () => {
      const driven = await open();
      const { jobs, settle, go, inspector } = driven;
      const discarded = await jobs.enqueue(ControlJob, { does: 'discard' });
      const killed = await jobs.enqueue(ControlJob, { does: 'kill' });
      await settle();
      expect(kindsOf(driven)).toEqual(['discarded', 'killed']);
      expect(await inspector.find(discarded.id)).toBeUndefined();
      expect(await inspector.find(killed.id)).toMatchObject({
        state: 'dead',
        error: { code: 'FLEDGE_JOB_KILLED' },
      });
      ran.length = 0;
      await jobs.enqueue(ControlJob, { does: 'snooze' });
      await go('30m');
      expect(ran).toEqual(Array.from({ length: 3 }, () => 'snooze in attempt 1'));
      expect(kindsOf(driven).slice(2)).toEqual(['snoozed', 'snoozed', 'completed']);
    });

    it('keeps notes, log lines and progress between attempts', async () => {
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
}
