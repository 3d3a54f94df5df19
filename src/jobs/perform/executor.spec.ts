import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Attempt, type JobSnapshot } from '../store/attempt.js';
import { Executor } from './executor.js';
import { unstoredPort } from './inline-attempt.js';
import {
  Job,
  JobAborted,
  JobsModule,
  SnoozeJob,
  type JobContext,
  type JobMiddleware,
  type JobsOptions,
} from '../index.js';

let release: () => void = () => undefined;

@Job({ attempts: 3 })
class ScriptedJob {
  async perform({ does }: { does: string }, { signal }: JobContext): Promise<unknown> {
    switch (does) {
      case 'throws':
        throw new Error('no luck');
      case 'throws a string':
        // eslint-disable-next-line no-throw-literal
        throw 'just text';
      case 'obeys':
        return new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        );
      case 'ignores':
        return new Promise<void>((resolve) => (release = resolve));
      case 'fails late':
        return new Promise((_, reject) => (release = () => reject(new Error('too late'))));
      case 'snoozes':
        throw new SnoozeJob('1m');
      case 'throws nothing that String knows':
        throw Object.create(null);
      default:
        return does;
    }
  }
}

@Job({ attempts: 2, backoff: () => 'soon' as '1s' })
class OddBackoffJob {
  async perform(): Promise<void> {
    throw new Error('x');
  }
}

async function executor(options: JobsOptions = {}): Promise<Executor> {
  const module = await Test.createTestingModule({
    imports: [JobsModule.forRoot({ url: 'memory:', ...options })],
    providers: [ScriptedJob, OddBackoffJob],
  }).compile();
  onTestFinished(() => module.close());
  return module.get(Executor, { strict: false });
}

const attempt = (does: string, snapshot: Partial<JobSnapshot> = {}): Attempt =>
  new Attempt(
    {
      id: 'id-1',
      name: 'ScriptedJob',
      queue: 'default',
      data: { v: 1, payload: { does } },
      attempt: 1,
      attempts: 3,
      crashes: 0,
      dueAt: Date.now(),
      firstDueAt: Date.now(),
      enqueuedAt: Date.now(),
      starts: 1,
      ...snapshot,
    },
    unstoredPort(Date.now),
  );

describe('the outcome', () => {
  it('is completed with what perform returned', async () => {
    expect(await (await executor()).execute(attempt('fine'))).toEqual({ kind: 'completed', result: 'fine' });
  });

  it('is failed with a retry while attempts remain, without one after the last', async () => {
    const run = await executor();
    expect(await run.execute(attempt('throws'))).toMatchObject({
      kind: 'failed',
      error: { message: 'no luck' },
      retryIn: expect.any(Number) as number,
    });
    const last = await run.execute(attempt('throws', { attempt: 3 }));
    expect(last).toMatchObject({ kind: 'failed' });
    expect(last).not.toHaveProperty('retryIn');
  });

  it('has an Error even when something else was thrown', async () => {
    const outcome = await (await executor()).execute(attempt('throws a string'));
    expect((outcome as { error: Error }).error).toEqual(new Error('just text'));
  });

  it('is failed even if the thrown value cannot be converted to a string', async () => {
    const outcome = await (await executor()).execute(attempt('throws nothing that String knows'));
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: { message: expect.stringContaining('null prototype') },
    });
  });

  it('is snoozed, with its crashes forgiven, when the attempt throws SnoozeJob', async () => {
    const outcome = await (await executor()).execute(attempt('snoozes', { crashes: 2 }));
    expect(outcome).toMatchObject({ kind: 'snoozed', delay: 60_000, note: { crashesForgiven: 2 } });
  });

  it('falls back to the default curve when a backoff function returns nonsense', async () => {
    const outcome = await (await executor()).execute(attempt('', { name: 'OddBackoffJob', attempts: 2 }));
    expect((outcome as { retryIn: number }).retryIn).toBeGreaterThanOrEqual(15_000);
  });

  it.each([
    ['shutdown', 'interrupted'],
    ['lease', 'lost'],
  ] as const)('of a job that obeys the abort for %s is %s', async (reason, kind) => {
    const run = await executor();
    const obeys = attempt('obeys');
    const outcome = run.execute(obeys);
    await new Promise((resolve) => setImmediate(resolve));
    obeys.abort(reason);
    expect(await outcome).toEqual({ kind });
  });

  it('is interrupted, and counts as a crash, when an uncaught exception ends the process', async () => {
    const run = await executor();
    const data = { v: 1, payload: { does: 'obeys' }, crashesForgiven: 2 };
    const obeys = attempt('', { data, crashes: 2 });
    const outcome = run.execute(obeys);
    await new Promise((resolve) => setImmediate(resolve));
    obeys.abort('crash');
    expect(await outcome).toEqual({ kind: 'interrupted', note: { crashesForgiven: 1 } });
    const fifth = attempt('', { data: { ...data, crashesForgiven: -3 }, crashes: 2 });
    expect(await run.execute(fifth)).toMatchObject({ kind: 'killed', error: { code: 'FLEDGE_JOB_POISON' } });
  });

  it('shows its phase while it runs', async () => {
    const run = await executor();
    const obeys = attempt('obeys');
    expect(obeys.describe()).toMatchObject({
      id: 'id-1',
      name: 'ScriptedJob',
      attempt: 1,
      phase: 'middleware',
    });
    const outcome = run.execute(obeys);
    await new Promise((resolve) => setImmediate(resolve));
    expect(obeys.describe().phase).toBe('performing');
    obeys.abort('shutdown');
    expect(obeys.describe().aborted).toBe('shutdown');
    await outcome;
    expect(obeys.describe().phase).toBe('middleware');
  });

  it('is completed when the job finishes during the grace, but lost when the lease was', async () => {
    const run = await executor();
    const [graceful, robbed] = [attempt('ignores'), attempt('ignores')];
    const first = run.execute(graceful);
    await new Promise((resolve) => setImmediate(resolve));
    graceful.abort('shutdown');
    release();
    expect(await first).toMatchObject({ kind: 'completed' });
    const second = run.execute(robbed);
    await new Promise((resolve) => setImmediate(resolve));
    robbed.abort('lease');
    release();
    expect(await second).toEqual({ kind: 'lost' });
  });

  it('does not wait for an abandoned body, and ignores how it ends', async () => {
    const run = await executor();
    const ignores = attempt('fails late');
    const outcome = run.execute(ignores);
    await new Promise((resolve) => setImmediate(resolve));
    ignores.abandon('shutdown');
    expect(await outcome).toEqual({ kind: 'interrupted' });
    release();
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('forgives crashes once an attempt has finished', async () => {
    const run = await executor();
    const data = { v: 1, payload: { does: 'throws' }, crashesForgiven: 2 };
    expect(await run.execute(attempt('', { data, crashes: 4 }))).toMatchObject({
      kind: 'failed',
      note: { crashesForgiven: 4 },
    });
    expect(await run.execute(attempt('', { data, crashes: 7 }))).toMatchObject({
      kind: 'killed',
      error: { code: 'FLEDGE_JOB_POISON' },
    });
  });
});

describe('middleware', () => {
  it('keeps the application from booting if it cannot be created', async () => {
    @Injectable()
    class NeedsWhatIsNotThere implements JobMiddleware {
      constructor(readonly missing: JobAborted) {}
      async handle(_call: unknown, next: () => Promise<unknown>): Promise<unknown> {
        return next();
      }
    }
    const jobs = JobsModule.forRoot({ url: 'memory:', middleware: [NeedsWhatIsNotThere] });
    const module = await Test.createTestingModule({ imports: [jobs] }).compile();
    await expect(module.init()).rejects.toMatchObject({ code: 'FLEDGE_MIDDLEWARE_UNAVAILABLE' });
  });

  it('may keep perform from running, and replace its result', async () => {
    const run = await executor({ middleware: [{ handle: async () => 'skipped' }] });
    expect(await run.execute(attempt('throws'))).toEqual({ kind: 'completed', result: 'skipped' });
  });
});
