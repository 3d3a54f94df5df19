import {
  DiscardJob,
  Job,
  JobsInspector,
  KillJob,
  SnoozeJob,
  type FailureHandler,
  type JobContext,
  type JobEvent,
  type JobFailure,
  type JobMiddleware,
  type JobsOptions,
} from 'nestjs-fledge';
import { AsyncLocalStorage } from 'node:async_hooks';
import { beforeEach, describe, expect, it } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

class OuterError extends Error {}
class InnerError extends OuterError {}
class InnermostError extends InnerError {}
class OtherError extends Error {}

const errors = { OuterError, InnerError, InnermostError, OtherError, Error };
type Thrown = keyof typeof errors;

/** What the attempts of these jobs did, in order. */
const ran: string[] = [];
const heard: string[] = [];
const waiting: (() => void)[] = [];
const releaseAll = (): void => waiting.splice(0).forEach((resolve) => resolve());

/** Throws one of the given errors in each attempt, then completes. */
async function throwInTurn(throws: readonly Thrown[], { attempt }: JobContext): Promise<void> {
  ran.push(`attempt ${attempt}`);
  const name = throws[attempt - 1];
  if (name) throw new errors[name](`it is ${name}`);
}

@Job({
  attempts: 10,
  backoff: 1,
  retryOn: [{ error: InnerError, attempts: 2, delay: [2, 3] }, { error: [OtherError] }],
  discardOn: [OuterError],
})
class RuledJob {
  async perform({ throws }: { throws: Thrown[] }, context: JobContext): Promise<void> {
    await throwInTurn(throws, context);
  }
}

@Job({ retryFor: 150, backoff: '1h' })
class SpanJob {
  async perform(_payload: undefined, { attempt }: JobContext): Promise<void> {
    ran.push(`attempt ${attempt}`);
    throw new Error('never');
  }
}

@Job({ attempts: 2, backoff: 1, dead: false })
class NoDeathJob implements FailureHandler {
  async perform(): Promise<void> {
    throw new Error('lost');
  }
  onError({ job: { attempt }, retryIn }: JobFailure): void {
    heard.push(`error of attempt ${attempt}, ${retryIn === undefined ? 'the last' : 'another follows'}`);
  }
  onDeath({ error, context }: JobFailure): void {
    heard.push(`death: ${error.message} (${context?.id === undefined ? 'without' : 'with'} context)`);
  }
}

@Job()
class ControlJob implements FailureHandler<{ does: string }> {
  async perform({ does }: { does: string }, { attempt }: JobContext): Promise<void> {
    ran.push(`${does} in attempt ${attempt}`);
    if (does === 'discard') throw new DiscardJob('pointless');
    if (does === 'kill')
      throw new KillJob('hopeless', { cause: new TypeError('the root', { cause: 'no error' }) });
    if (does === 'snooze' && ran.length < 3) throw new SnoozeJob(5, 'too early');
  }
  onDiscard({ payload, error }: JobFailure<{ does: string }>): void {
    heard.push(`discarded ${payload.does}: ${error.message}`);
  }
}

@Job({ attempts: 1 })
class OddErrorJob {
  async perform(): Promise<void> {
    throw Object.defineProperty(new Error('x'), 'message', { value: Object.create(null) as string });
  }
}

@Job({ attempts: 2, backoff: () => Number.NaN })
class OddBackoffJob {
  async perform(): Promise<void> {
    throw new Error('x');
  }
}

@Job({ timeout: 50, attempts: 1 })
class SlowJob {
  async perform({ does }: { does: 'obeys' | 'wraps' | 'ignores' }, { signal }: JobContext): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      waiting.push(resolve);
      if (does === 'obeys') signal.addEventListener('abort', () => reject(signal.reason as Error));
      if (does === 'wraps') signal.addEventListener('abort', () => reject(new Error('socket closed')));
    });
    return 'done anyway';
  }
}

@Job({ expiresIn: 60 })
class FreshJob {
  async perform({ note }: { note: string }): Promise<void> {
    ran.push(note);
  }
}

@Job()
class BlockJob {
  async perform(): Promise<void> {
    ran.push('blocks');
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
}

const tenants = new AsyncLocalStorage<string>();
/** The handler of the application reads the async context that the middleware has entered. */
const reporter: FailureHandler = {
  async onError({ error: { message } }) {
    await Promise.resolve();
    heard.push(`${message} in the context of ${tenants.getStore() ?? 'nothing'}`);
  },
};
const isolate: JobMiddleware = {
  handle: ({ context }, next) => tenants.run(context.name, next),
};
const throwing: JobMiddleware = {
  handle: async ({ payload }, next) => {
    if (payload === 'middleware') throw new Error('middleware failed');
    return next();
  },
};

@Job({ attempts: 1 })
class TenantJob implements FailureHandler {
  async perform(does: 'fail' | 'enter' | 'middleware'): Promise<void> {
    if (does === 'enter') tenants.enterWith('a tenant of the job’s own');
    await new Promise(setImmediate);
    throw new Error('perform failed');
  }
  onDeath(): void {
    heard.push(`death in the context of ${tenants.getStore() ?? 'nothing'}`);
  }
}

@Job({ attempts: 1 })
class PlainJob {
  async perform(): Promise<void> {
    throw new Error('plain failed');
  }
}

type Finished = Extract<JobEvent, { type: 'finished' }>;

/** Outcomes of failed, slow and late attempts. The same tests run on each store. */
export function failureBehaviour(kind: string, url: () => string): void {
  const providers = [
    RuledJob,
    SpanJob,
    NoDeathJob,
    ControlJob,
    OddBackoffJob,
    OddErrorJob,
    SlowJob,
    FreshJob,
    BlockJob,
    TenantJob,
    PlainJob,
  ];
  const start = async (options: JobsOptions = {}): Promise<JobsApp> => {
    const app = await jobsApp({ url: url(), ...options }, providers);
    await app.worker.start();
    return app;
  };
  const last = async ({ event }: JobsApp): Promise<Finished> =>
    event(
      'finished',
      ({ outcome }) => outcome.kind !== 'snoozed' && !(outcome as { retryIn?: number }).retryIn,
    );

  beforeEach(() => {
    ran.length = heard.length = waiting.length = 0;
  });

  describe(`on ${kind}: rules for classes of errors`, () => {
    it('counts the failures of each rule separately, and dies with the last one', async () => {
      const app = await start();
      const throws: Thrown[] = ['InnerError', 'OtherError', 'Error', 'InnerError'];
      await app.jobs.enqueue(RuledJob, { throws });
      const { outcome, attempt } = await last(app);
      expect({ attempt, kind: outcome.kind }).toEqual({ attempt: 4, kind: 'failed' });
      const waits = app.events.flatMap((event) =>
        event.type === 'finished' && event.outcome.kind === 'failed' ? [event.outcome.retryIn] : [],
      );
      expect(waits).toEqual([2, 1, 1, undefined]);
    });

    it.each([
      ['InnermostError', 'failed'],
      ['OuterError', 'discarded'],
      ['OtherError', 'failed'],
    ] as const)('applies the rule of the most specific class to %s', async (name, expected) => {
      const app = await start();
      await app.jobs.enqueue(RuledJob, { throws: [name] });
      expect((await app.event('finished')).outcome.kind).toBe(expected);
    });

    it('does not count a rule’s failures as the job’s own attempts', async () => {
      const app = await start();
      const throws: Thrown[] = ['InnerError', 'Error', 'Error'];
      await app.jobs.enqueue(RuledJob, { throws }, { attempts: 2 });
      expect(await last(app)).toMatchObject({ attempt: 3, outcome: { kind: 'failed' } });
    });

    it('retries beyond the job’s attempts if the rule allows more', async () => {
      const app = await start();
      await app.jobs.enqueue(RuledJob, { throws: ['InnerError'] }, { attempts: 1 });
      expect((await last(app)).outcome.kind).toBe('completed');
      expect(ran).toEqual(['attempt 1', 'attempt 2']);
    });
  });

  describe(`on ${kind}: retryFor`, () => {
    it('retries until the time is over, with the last attempt at its end', async () => {
      const app = await start();
      await app.jobs.enqueue(SpanJob);
      const { outcome, attempt } = await last(app);
      expect(outcome).toMatchObject({ kind: 'failed', error: { message: 'never' } });
      expect(attempt).toBe(2);
      expect((await app.event('finished')).outcome).toMatchObject({ retryIn: 150 });
    });

    it('is replaced by the call’s attempts, and can be set for one call', async () => {
      const app = await start();
      await app.jobs.enqueue(SpanJob, undefined, { attempts: 1 });
      expect(await last(app)).toMatchObject({ attempt: 1, attempts: 1 });
      const other = await start();
      await other.jobs.enqueue(RuledJob, { throws: ['Error'] }, { retryFor: '1h' });
      expect((await last(other)).outcome.kind).toBe('completed');
      expect(other.events).toContainEqual(expect.objectContaining({ type: 'finished', attempts: Infinity }));
    });
  });

  describe(`on ${kind}: thrown values`, () => {
    it('fails the attempt if the thrown error cannot be read', async () => {
      const app = await start();
      const { id } = await app.jobs.enqueue(OddErrorJob);
      expect((await last(app)).outcome.kind).toBe('failed');
      const inspector = app.app.get(JobsInspector);
      await until('it is dead', async () => (await inspector.find(id))?.state === 'dead');
    });
  });

  describe(`on ${kind}: control errors and handlers`, () => {
    it('DiscardJob discards the job and calls onDiscard of its class', async () => {
      const app = await start();
      const { id } = await app.jobs.enqueue(ControlJob, { does: 'discard' });
      expect((await last(app)).outcome).toMatchObject({ kind: 'discarded', error: { message: /pointless/ } });
      await until('onDiscard was called', () => heard.length > 0);
      expect(heard).toEqual(['discarded discard: pointless [FLEDGE_JOB_DISCARDED]']);
      const inspector = app.app.get(JobsInspector);
      await until('it is forgotten', async () => (await inspector.find(id)) === undefined);
    });

    it('KillJob moves the job to the dead set, and keeps the error with its causes', async () => {
      const app = await start();
      const { id } = await app.jobs.enqueue(ControlJob, { does: 'kill' });
      await last(app);
      const inspector = app.app.get(JobsInspector);
      const dead = await until('it is dead', async () => {
        const job = await inspector.find(id);
        return job?.state === 'dead' && job;
      });
      expect(dead.error).toMatchObject({
        name: 'FledgeError',
        code: 'FLEDGE_JOB_KILLED',
        message: 'hopeless [FLEDGE_JOB_KILLED]',
        stack: expect.stringContaining('failure.behaviour.ts') as string,
        causes: [{ name: 'TypeError', message: 'the root' }],
      });
      expect(dead.attempt).toBe(1);
    });

    it('SnoozeJob uses no attempt', async () => {
      const app = await start();
      await app.jobs.enqueue(ControlJob, { does: 'snooze' });
      expect((await last(app)).outcome.kind).toBe('completed');
      expect(ran).toEqual(Array.from({ length: 3 }, () => 'snooze in attempt 1'));
    });

    it('a job with dead: false is discarded after its last attempt', async () => {
      const app = await start();
      const { id } = await app.jobs.enqueue(NoDeathJob);
      expect((await last(app)).outcome).toMatchObject({ kind: 'discarded', exhausted: true });
      const inspector = app.app.get(JobsInspector);
      await until('it is forgotten', async () => (await inspector.find(id)) === undefined);
      await app.close();
      expect(heard).toEqual([
        'error of attempt 1, another follows',
        'error of attempt 2, the last',
        'death: lost (with context)',
      ]);
    });

    it('a failure handler that throws causes a warning, and the job continues', async () => {
      const broken: FailureHandler = {
        onError() {
          throw new Error('no network');
        },
      };
      const app = await start({ handlers: [broken] });
      await app.jobs.enqueue(RuledJob, { throws: ['Error'] });
      expect((await last(app)).outcome.kind).toBe('completed');
      await app.event(
        'warning',
        ({ code, message }) => code === 'FLEDGE_HANDLER_FAILED' && /no network/.test(message),
      );
    });

    it('perform throws control errors to its caller and calls no handler', async () => {
      const { jobs, close } = await start();
      await expect(jobs.perform(ControlJob, { does: 'discard' })).rejects.toBeInstanceOf(DiscardJob);
      await expect(jobs.perform(ControlJob, { does: 'kill' })).rejects.toBeInstanceOf(KillJob);
      await expect(jobs.perform(ControlJob, { does: 'snooze' })).resolves.toBeUndefined();
      await close();
      expect(heard).toEqual([]);
    });

    it('an unusable result of a backoff function causes a warning and the default backoff', async () => {
      const app = await start();
      await app.jobs.enqueue(OddBackoffJob);
      const { outcome } = await app.event('finished');
      expect((outcome as { retryIn: number }).retryIn).toBeGreaterThanOrEqual(15_000);
      await app.event('warning', ({ code }) => code === 'FLEDGE_BACKOFF_FAILED');
    });
  });

  describe(`on ${kind}: the async context of handlers`, () => {
    it.each([
      ['fail', 'perform failed', 'TenantJob'],
      ['enter', 'perform failed', 'a tenant of the job’s own'],
      ['middleware', 'middleware failed', 'TenantJob'],
    ] as const)('is the one of the job’s code: %s', async (does, message, tenant) => {
      const app = await start({ middleware: [isolate, throwing], handlers: [reporter] });
      await app.jobs.enqueue(TenantJob, does);
      await last(app);
      await app.jobs.enqueue(PlainJob);
      await app.event('finished', ({ name }) => name === 'PlainJob');
      await app.close();
      expect(heard).toEqual([
        `${message} in the context of ${tenant}`,
        `death in the context of ${tenant}`,
        'plain failed in the context of PlainJob',
      ]);
    });

    it('is clean for a job without middleware', async () => {
      const app = await start({ handlers: [reporter] });
      await app.jobs.enqueue(TenantJob, 'enter');
      await last(app);
      await app.jobs.enqueue(PlainJob);
      await app.event('finished', ({ name }) => name === 'PlainJob');
      await app.close();
      expect(heard.at(-1)).toBe('plain failed in the context of nothing');
    });

    it('is the one of the job’s code if the job ignores its timeout until the worker stops', async () => {
      const app = await start({ middleware: [isolate], handlers: [reporter], shutdownTimeout: '1s' });
      await app.jobs.enqueue(SlowJob, { does: 'ignores' });
      await until('it runs', () => waiting.length > 0);
      await app.event('signal-ignored');
      await app.close();
      expect(heard.at(-1)).toMatch(/^Aborted: the attempt took longer.* in the context of SlowJob$/);
    });
  });

  describe(`on ${kind}: time limits`, () => {
    it.each([
      ['obeys', undefined],
      ['wraps', { message: 'socket closed' }],
    ] as const)(
      'a timeout fails the attempt, whether its job obeys the signal or throws another error: %s',
      async (does, cause) => {
        const app = await start();
        await app.jobs.enqueue(SlowJob, { does });
        const { outcome } = await last(app);
        expect(outcome).toMatchObject({
          kind: 'failed',
          error: { code: 'FLEDGE_JOB_TIMEOUT', reason: 'timeout' },
        });
        const { error } = outcome as { error: Error };
        if (cause) expect(error.cause).toMatchObject(cause);
        else expect(error.cause).toBeUndefined();
      },
    );

    it('a job that ignores its signal causes a warning, and its result counts', async () => {
      const app = await start();
      await app.jobs.enqueue(SlowJob, { does: 'ignores' });
      expect(await app.event('signal-ignored')).toMatchObject({ name: 'SlowJob', reason: 'timeout' });
      releaseAll();
      expect((await last(app)).outcome).toEqual({ kind: 'completed', result: 'done anyway' });
    });

    it('expiresIn discards a job that starts too late, counted from when it was due', async () => {
      const app = await start({ queues: { default: { concurrency: 1 }, mailers: {} } });
      await app.jobs.enqueue(BlockJob);
      await until('it blocks', () => ran.includes('blocks'));
      await app.jobs.enqueue(FreshJob, { note: 'too late' });
      await app.jobs.enqueue(FreshJob, { note: 'has more time' }, { expiresIn: '1h' });
      const enqueuedAt = Date.now();
      await until('it is too late', () => Date.now() > enqueuedAt + 100);
      releaseAll();
      const { outcome } = await app.event('finished', ({ outcome }) => outcome.kind === 'expired');
      expect(outcome).toMatchObject({ reason: { code: 'FLEDGE_JOB_EXPIRED' } });
      await until('the other ran', () => ran.includes('has more time'));
      await app.jobs.enqueue(FreshJob, { note: 'due later' }, { delay: 600, expiresIn: 500 });
      await until('the last ran', () => ran.includes('due later'));
      expect(ran).not.toContain('too late');
    });
  });
}
