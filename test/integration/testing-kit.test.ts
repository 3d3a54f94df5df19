import { Controller, Injectable, Module, Post, type LoggerService, type Provider } from '@nestjs/common';
import {
  DiscardJob,
  Job,
  JobsInspector,
  JobsModule,
  JobsService,
  JobsWorker,
  KillJob,
  SnoozeJob,
  type EnqueueCall,
  type EnqueueMiddleware,
  type FailureHandler,
  type JobContext,
  type JobFailure,
  type JobsOptions,
} from 'nestjs-fledge';
import { Mailer, MailersModule, MailersService, type Mail, type MailersOptions } from 'nestjs-fledge/mailers';
import { testJobs, type TestJobs, type TestJobsOptions } from 'nestjs-fledge/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

const log: string[] = [];
/** Silent, because failures are expected in these tests. */
const silent: LoggerService = { log: () => undefined, error: () => undefined, warn: () => undefined };

@Job()
class CountJob {
  async perform({ n }: { n: number; at?: string }): Promise<number> {
    log.push(`count ${n}`);
    return n * 2;
  }
}

@Job({ attempts: 3, queue: 'slow' })
class FailJob {
  async perform({ why }: { why: string }): Promise<void> {
    throw new Error(why);
  }
}

@Job()
class FanOutJob {
  constructor(
    private readonly jobs: JobsService,
    private readonly mailers: MailersService,
  ) {}

  async perform({ parts }: { parts: number }, { log: write, progress, note }: JobContext): Promise<void> {
    for (let n = 0; n < parts; n++) {
      await this.jobs.enqueue(CountJob, { n }, { delay: n === 0 ? 0 : '1h' });
      await write(`part ${n}`);
      await progress((100 * (n + 1)) / parts);
    }
    await note('parts', parts);
    await this.mailers.for(ReportMailer).done({ parts }).deliverNow();
  }
}

@Mailer()
class ReportMailer {
  async done({ parts }: { parts: number }): Promise<Mail> {
    return {
      to: 'Ada <Ada@example.test>',
      cc: 'boss@example.test',
      subject: `${parts} parts`,
      html: '<p><a href="https://acme.test/r?a=1&amp;b=2">Look</a></p>',
      text: 'See https://acme.test/plain.',
    };
  }

  async urgent(): Promise<Mail> {
    return { to: 'ops@example.test', subject: 'Now', text: 'Now', transport: 'pager' };
  }
}

@Job()
class SteadyJob {
  async perform(_: { steps: number }, { signal, progress }: JobContext): Promise<string> {
    for (let step = 1; step <= 3; step++) {
      signal.throwIfAborted();
      await progress(step);
    }
    return 'all';
  }
}

@Job({ discardOn: [RangeError] })
class MoodJob {
  async perform({ mood }: { mood: 'snooze' | 'kill' | 'discard' | 'range' }): Promise<void> {
    if (mood === 'snooze') throw new SnoozeJob('10m', 'not now');
    if (mood === 'kill') throw new KillJob('never');
    if (mood === 'discard') throw new DiscardJob('no need');
    throw new RangeError('too far');
  }
}

@Job({ cron: '0 3 * * *', timezone: 'UTC' })
class NightlyJob {
  async perform(_: undefined, { tick }: JobContext): Promise<void> {
    log.push(`night ${tick!.toISOString()}`);
  }
}

@Job({ unique: { by: ['n'], until: 'done', for: '10m' } })
class OnceJob {
  async perform({ n }: { n: number }): Promise<void> {
    log.push(`once ${n}`);
  }
}

@Injectable()
class DeathRecorder implements FailureHandler {
  readonly deaths: JobFailure[] = [];
  async onDeath(failure: JobFailure): Promise<void> {
    this.deaths.push(failure);
  }
}

@Controller('orders')
class OrdersController {
  constructor(private readonly jobs: JobsService) {}

  @Post()
  async order(): Promise<{ job: string }> {
    const { status } = await this.jobs.enqueue(CountJob, { n: 7 });
    return { job: status };
  }
}

interface KitOptions extends TestJobsOptions {
  readonly jobs?: Partial<JobsOptions>;
  readonly mail?: MailersOptions;
  readonly providers?: Provider[];
  readonly logger?: LoggerService;
}

async function kit({
  jobs,
  mail,
  providers = [],
  logger = silent,
  ...options
}: KitOptions = {}): Promise<TestJobs> {
  log.length = 0;
  @Module({
    imports: [
      JobsModule.forRoot({ queues: { default: {}, mailers: {}, slow: {} }, ...jobs }),
      MailersModule.forRoot({
        from: 'Acme <hello@acme.test>',
        transports: { pager: 'smtp://127.0.0.1:1' },
        transport: 'smtp://127.0.0.1:1',
        ...mail,
      }),
    ],
    controllers: [OrdersController],
    providers: [
      CountJob,
      FailJob,
      FanOutJob,
      ReportMailer,
      SteadyJob,
      MoodJob,
      OnceJob,
      DeathRecorder,
      ...providers,
    ],
  })
  class AppModule {}
  const opened = await testJobs(AppModule, (builder) => builder.setLogger(logger), options);
  onTestFinished(() => opened.close());
  return opened;
}

const kinds = (attempts: readonly { outcome: { kind: string } }[]): string[] =>
  attempts.map(({ outcome }) => outcome.kind);

describe('fake mode', () => {
  it('records enqueued jobs as a queue would store them, and runs nothing', async () => {
    const jobs = await kit({ now: new Date('2026-01-01T00:00:00Z') });
    const at = new Date(Date.now() + 3_600_000);
    await jobs.get(JobsService).enqueue(CountJob, { n: 1 }, { delay: '90s', priority: 3 });
    await jobs.get(JobsService).enqueue(OnceJob, { n: 2 }, { queue: 'slow', attempts: 2 });
    await jobs.get(JobsService).enqueue(CountJob, { n: 3 }, { at, retryFor: '1h' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual([]);
    expect(jobs.enqueued()).toMatchObject([
      { name: 'CountJob', payload: { n: 1 }, delay: 90_000, priority: 3, state: 'scheduled', unique: false },
      {
        name: 'OnceJob',
        payload: { n: 2 },
        delay: 0,
        queue: 'slow',
        attempts: 2,
        state: 'waiting',
        unique: true,
      },
      { payload: { n: 3 }, attempts: Infinity, attempt: 0 },
    ]);
    expect(jobs.enqueued()[0]!.at).toEqual(new Date('2026-01-01T00:01:30Z'));
    expect(jobs.enqueued(CountJob)[1]!.delay).toBeGreaterThan(3_590_000);
    expect(jobs.enqueued(CountJob).map(({ payload }) => payload.n)).toEqual([1, 3]);
  });

  it('records meta from enqueue middleware, and no vetoed jobs', async () => {
    @Injectable()
    class Tenants implements EnqueueMiddleware {
      async handle(call: EnqueueCall, next: Parameters<EnqueueMiddleware['handle']>[1]) {
        call.meta['tenant'] = 'acme';
        return (call.payload as { n: number }).n < 0 ? undefined : next();
      }
    }
    const jobs = await kit({ jobs: { enqueueMiddleware: [Tenants] }, providers: [Tenants] });
    const service = jobs.get(JobsService);
    const receipts = [await service.enqueue(CountJob, { n: 1 }), await service.enqueue(CountJob, { n: -1 })];
    expect(receipts.map(({ status }) => status)).toEqual(['enqueued', 'vetoed']);
    expect(jobs.enqueued()).toMatchObject([{ meta: { tenant: 'acme' }, payload: { n: 1 } }]);
  });

  it('clear() removes everything except schedules', async () => {
    const jobs = await kit({ providers: [NightlyJob] });
    await jobs.get(JobsService).enqueue(CountJob, { n: 1 });
    await jobs.get(MailersService).for(ReportMailer).done({ parts: 1 }).deliverLater();
    await jobs.drain();
    await jobs.get(JobsService).enqueue(CountJob, { n: 2 }, { delay: '1h' });
    jobs.trouble.storeDown();
    jobs.clear();
    expect([jobs.enqueued(), jobs.performed(), jobs.sentMails()]).toEqual([[], [], []]);
    await jobs.get(JobsService).enqueue(CountJob, { n: 3 });
    expect(await jobs.advance('1d')).toMatchObject([{ name: 'CountJob' }, { name: 'NightlyJob' }]);
  });

  it('a cancellation does not affect later jobs, even if Date does not advance', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const jobs = await kit();
    await jobs.get(JobsService).enqueue(CountJob, { n: 1 });
    await jobs.get(JobsService).cancel(CountJob);
    await jobs.get(JobsService).enqueue(CountJob, { n: 2 });
    expect(kinds(await jobs.drain())).toEqual(['completed']);
    expect(log).toEqual(['count 2']);
  });

  it('clear() removes finished jobs too', async () => {
    const jobs = await kit();
    await jobs.get(JobsService).enqueue(MoodJob, { mood: 'kill' });
    await jobs.drain();
    const dead = () => jobs.get(JobsInspector).jobs('dead');
    expect((await dead()).jobs).toHaveLength(1);
    jobs.clear();
    expect((await dead()).jobs).toEqual([]);
  });

  it('refuses to start a worker, because the kit runs jobs itself', async () => {
    const jobs = await kit();
    await expect(jobs.get(JobsWorker).start()).rejects.toMatchObject({ code: 'FLEDGE_TEST_WORKER' });
  });
});

describe('inline mode', () => {
  it('runs a job before its enqueue resolves, and keeps scheduled jobs', async () => {
    const jobs = await kit({ mode: 'inline' });
    await jobs.get(JobsService).enqueue(CountJob, { n: 1 });
    expect(log).toEqual(['count 1']);
    await jobs.get(JobsService).enqueue(FanOutJob, { parts: 2 });
    expect(log).toEqual(['count 1', 'count 0']);
    expect(jobs.sentMails()).toHaveLength(1);
    expect(jobs.enqueued()).toMatchObject([{ payload: { n: 1 }, delay: 3_600_000 }]);
    jobs.mode = 'fake';
    await jobs.get(JobsService).enqueue(CountJob, { n: 9 });
    expect(log).not.toContain('count 9');
  });

  it('fails the first enqueue if a job enqueues itself forever', async () => {
    @Job()
    class EndlessJob {
      constructor(private readonly jobs: JobsService) {}
      async perform(): Promise<void> {
        await this.jobs.enqueue(EndlessJob);
      }
    }
    const jobs = await kit({ providers: [EndlessJob], mode: 'inline' });
    await expect(jobs.get(JobsService).enqueue(EndlessJob)).rejects.toMatchObject({
      code: 'FLEDGE_DRAIN_ENDLESS',
    });
    expect(new Set(kinds(jobs.performed()))).toEqual(new Set(['completed']));
    expect(jobs.enqueued(EndlessJob)).toHaveLength(1);
    // A test itself may enqueue any number of jobs.
    for (let n = 0; n < 1_100; n++) await jobs.get(JobsService).enqueue(CountJob, { n });
    expect(jobs.performed(CountJob)).toHaveLength(1_100);
  });

  it('runs the newest of the unique jobs that follow a running one', async () => {
    @Job({ unique: { by: () => 'all', mode: 'last' } })
    class ReindexJob {
      constructor(private readonly jobs: JobsService) {}
      async perform({ version }: { version: number }): Promise<void> {
        log.push(`reindex ${version}`);
        if (version > 1) return;
        await this.jobs.enqueue(ReindexJob, { version: 2 });
        await this.jobs.enqueue(ReindexJob, { version: 3 });
      }
    }
    const jobs = await kit({ providers: [ReindexJob], mode: 'inline' });
    await jobs.get(JobsService).enqueue(ReindexJob, { version: 1 });
    expect(log).toEqual(['reindex 1', 'reindex 3']);
    expect(jobs.enqueued()).toEqual([]);
  });
});

describe('drain', () => {
  it('runs due jobs and those that they enqueue, by priority, and returns their results', async () => {
    const jobs = await kit();
    const service = jobs.get(JobsService);
    await service.enqueue(CountJob, { n: 10 }, { priority: 5 });
    await service.enqueue(CountJob, { n: 11 }, { priority: 1 });
    await service.enqueue(FanOutJob, { parts: 2 });
    const performed = await jobs.drain();
    expect(performed.map(({ name }) => name)).toEqual(['FanOutJob', 'CountJob', 'CountJob', 'CountJob']);
    expect(log).toEqual(['count 0', 'count 11', 'count 10']);
    expect(performed[0]).toMatchObject({
      attempt: 1,
      outcome: { kind: 'completed' },
      logs: ['part 0', 'part 1'],
      progress: [50, 100],
      notes: { parts: 2 },
      enqueued: [
        { name: 'CountJob', payload: { n: 0 }, delay: 0 },
        { name: 'CountJob', payload: { n: 1 }, delay: 3_600_000 },
      ],
      mails: [{ subject: '2 parts' }],
    });
    expect(jobs.performed(CountJob).map(({ result }) => result)).toEqual([0, 22, 20]);
  });

  it('can run only some jobs or queues', async () => {
    const jobs = await kit();
    const service = jobs.get(JobsService);
    await service.enqueue(CountJob, { n: 1 });
    await service.enqueue(CountJob, { n: 2 }, { queue: 'slow' });
    await service.enqueue(SteadyJob, { steps: 3 });
    await service.enqueue(CountJob, { n: 3 }, { delay: '1h' });
    expect(await jobs.drain({ only: SteadyJob })).toMatchObject([{ name: 'SteadyJob' }]);
    expect(await jobs.drain({ queue: 'slow' })).toMatchObject([{ payload: { n: 2 } }]);
    expect(await jobs.drain({ except: [CountJob] })).toEqual([]);
    expect(await jobs.drain({ withScheduled: true })).toMatchObject([
      { payload: { n: 1 } },
      { payload: { n: 3 } },
    ]);
    expect(jobs.enqueued()).toEqual([]);
  });

  it('does not run retries and ticks before their time, even withScheduled', async () => {
    const jobs = await kit({ providers: [NightlyJob] });
    await jobs.get(JobsService).enqueue(FailJob, { why: 'no' });
    await jobs.get(JobsService).enqueue(MoodJob, { mood: 'snooze' }, { delay: '1h' });
    expect(kinds(await jobs.drain({ withScheduled: true }))).toEqual(['failed', 'snoozed']);
    expect(jobs.enqueued()).toMatchObject([{ state: 'retrying', attempt: 1 }, { state: 'scheduled' }]);
  });

  it('stops with an error if a job enqueues itself forever', async () => {
    @Job()
    class EndlessJob {
      constructor(private readonly jobs: JobsService) {}
      async perform(): Promise<void> {
        await this.jobs.enqueue(EndlessJob);
      }
    }
    const jobs = await kit({ providers: [EndlessJob] });
    await jobs.get(JobsService).enqueue(EndlessJob);
    await expect(jobs.drain()).rejects.toMatchObject({ code: 'FLEDGE_DRAIN_ENDLESS' });
  });

  it('resolves after a concurrent drain has run the last job', async () => {
    const jobs = await kit();
    const service = jobs.get(JobsService);
    await service.enqueue(FanOutJob, { parts: 1 });
    const first = jobs.drain();
    const second = await jobs.drain();
    expect(second).toEqual([]);
    expect(jobs.performed()).toMatchObject([{ name: 'FanOutJob' }, { name: 'CountJob' }]);
    expect(await first).toHaveLength(2);
  });

  it('can be called by a job', async () => {
    const drained: number[] = [];
    @Job()
    class DrainJob {
      async perform(): Promise<void> {
        drained.push((await jobs.drain()).length);
      }
    }
    const jobs = await kit({ providers: [DrainJob] });
    await jobs.get(JobsService).enqueue(DrainJob);
    await jobs.get(JobsService).enqueue(CountJob, { n: 1 });
    await jobs.drain();
    expect(drained).toEqual([1]);
  });

  it('starts no job after the application was closed', async () => {
    let end = (): void => undefined;
    @Job()
    class WaitJob {
      perform(): Promise<void> {
        return new Promise((resolve) => (end = resolve));
      }
    }
    const jobs = await kit({ providers: [WaitJob] });
    await jobs.get(JobsService).enqueue(WaitJob);
    await jobs.get(JobsService).enqueue(CountJob, { n: 1 });
    await jobs.get(JobsService).enqueue(CountJob, { n: 2 }, { delay: '1h' });
    const travelled = jobs.advance('2h');
    await new Promise((resolve) => setImmediate(resolve));
    await jobs.close();
    await jobs.close();
    end();
    expect(await travelled).toMatchObject([{ name: 'WaitJob' }]);
    expect(log).toEqual([]);
  });
});

describe('time travel', () => {
  it('retries a job until it dies, at the same times for the same seed', async () => {
    const waits = async (seed: number): Promise<number[]> => {
      const jobs = await kit({ seed });
      await jobs.get(JobsService).enqueue(FailJob, { why: 'no' }, { attempts: 25 });
      const attempts = await jobs.advance('21d');
      expect(attempts).toHaveLength(25);
      expect(attempts.at(-1)).toMatchObject({
        attempt: 25,
        outcome: { kind: 'failed' },
        error: { message: 'no' },
      });
      expect(jobs.enqueued()).toEqual([]);
      return attempts.map(({ retryIn }) => retryIn ?? -1);
    };
    const first = await waits(1);
    expect(first.at(-1)).toBe(-1);
    expect(first[0]).toBeGreaterThanOrEqual(15_000);
    expect(first[23]).toBeGreaterThan(23 ** 4 * 1_000);
    expect(await waits(1)).toEqual(first);
    expect(await waits(2)).not.toEqual(first);
  });

  it('runs due jobs at their times and in order', async () => {
    const jobs = await kit({ now: new Date('2026-03-01T00:00:00Z'), providers: [NightlyJob] });
    await jobs.get(JobsService).enqueue(CountJob, { n: 1 }, { delay: '30h' });
    await jobs.get(JobsService).enqueue(CountJob, { n: 2 });
    await jobs.advance('2d');
    expect(log).toEqual([
      'count 2',
      'night 2026-03-01T03:00:00.000Z',
      'night 2026-03-02T03:00:00.000Z',
      'count 1',
    ]);
    expect(jobs.now()).toEqual(new Date('2026-03-03T00:00:00Z'));
    expect(jobs.enqueued()).toEqual([]);
    await jobs.travelTo(new Date('2026-03-03T03:00:00Z'), { only: NightlyJob });
    expect(log.at(-1)).toBe('night 2026-03-03T03:00:00.000Z');
    await expect(jobs.travelTo(new Date('2026-03-01T00:00:00Z'))).rejects.toMatchObject({
      code: 'FLEDGE_OPTION_INVALID',
    });
    await expect(jobs.advance('-1h' as never)).rejects.toMatchObject({ code: 'FLEDGE_OPTION_INVALID' });
  });

  it('lets jobs expire and unique locks end', async () => {
    const jobs = await kit();
    const service = jobs.get(JobsService);
    await service.enqueue(CountJob, { n: 1 }, { expiresIn: '5m' });
    await service.enqueue(OnceJob, { n: 1 });
    await jobs.advance('6m', { only: [] });
    expect((await service.enqueue(OnceJob, { n: 1 })).status).toBe('duplicate');
    await jobs.advance('5m', { only: [] });
    expect((await service.enqueue(OnceJob, { n: 1 })).status).toBe('enqueued');
    expect(kinds(await jobs.drain({ only: CountJob }))).toEqual(['expired']);
    expect(log).toEqual([]);
  });

  it('calls onTimeChange at each time', async () => {
    const times: string[] = [];
    const onTimeChange = (now: Date): void => void times.push(now.toISOString());
    const jobs = await kit({ now: new Date('2026-01-01T00:00:00Z'), onTimeChange });
    await jobs.get(JobsService).enqueue(CountJob, { n: 1 }, { delay: '1h' });
    await jobs.advance('90m');
    expect(times).toEqual([
      '2026-01-01T00:00:00.000Z',
      '2026-01-01T01:00:00.000Z',
      '2026-01-01T01:30:00.000Z',
    ]);
  });
});

describe('run', () => {
  it.each([
    ['snooze', 'snoozed', 600_000],
    ['kill', 'killed', undefined],
    ['discard', 'discarded', undefined],
    ['range', 'discarded', undefined],
  ] as const)('returns the outcome of the attempt: %s', async (mood, kind, retryIn) => {
    const jobs = await kit();
    const { outcome, retryIn: wait, error } = await jobs.run(MoodJob, { mood });
    expect([outcome.kind, wait]).toEqual([kind, retryIn]);
    expect(error).toBeInstanceOf(Error);
    expect(jobs.enqueued()).toEqual([]);
  });

  it('runs any attempt, with the notes of earlier ones', async () => {
    const jobs = await kit();
    const second = await jobs.run(FailJob, { why: 'no' }, { attempt: 2 });
    expect(second).toMatchObject({ attempt: 2, outcome: { kind: 'failed' }, retryIn: expect.any(Number) });
    const last = await jobs.run(FailJob, { why: 'no' }, { attempt: 3 });
    expect(last.retryIn).toBeUndefined();
    const { result, notes } = await jobs.run(SteadyJob, { steps: 3 }, { notes: { done: 1 } });
    expect([result, notes]).toEqual(['all', { done: 1 }]);
  });

  it('runs a job of a schedule', async () => {
    const jobs = await kit({ providers: [NightlyJob] });
    await jobs.run(NightlyJob, undefined, { tick: new Date('2026-01-01T03:00:00Z') });
    expect(log).toEqual(['night 2026-01-01T03:00:00.000Z']);
  });

  it.each([
    [(jobs: TestJobs) => jobs.run(CountJob, { n: 1 }, { attempt: 0 })],
    [(jobs: TestJobs) => jobs.run(CountJob, { n: 1 }, { tick: 'today' as never })],
    [(jobs: TestJobs) => jobs.drain({ onyl: CountJob } as never)],
    [(jobs: TestJobs) => jobs.advance('1h', { withScheduled: true } as never)],
    [(jobs: TestJobs) => jobs.travelTo('2030-01-01' as never)],
  ])('rejects invalid arguments: %s', async (call) => {
    await expect(call(await kit())).rejects.toMatchObject({ code: 'FLEDGE_OPTION_INVALID' });
  });

  it('reads the payload during the call, as production does', async () => {
    const jobs = await kit();
    const payload = { n: 1 };
    const running = jobs.run(CountJob, payload);
    payload.n = 2;
    expect((await running).payload).toEqual({ n: 1 });
  });

  it('rejects the same jobs as production', async () => {
    const jobs = await kit();
    await expect(jobs.run(CountJob, { n: 1n } as never)).rejects.toMatchObject({
      code: 'FLEDGE_PAYLOAD_INVALID',
    });
    class Stranger {
      async perform(): Promise<void> {}
    }
    await expect(jobs.run(Stranger)).rejects.toMatchObject({ code: 'FLEDGE_JOB_NOT_REGISTERED' });
  });
});

describe('mails', () => {
  it('are recorded with all fields for each transport, and never sent', async () => {
    const jobs = await kit();
    const mailers = jobs.get(MailersService).for(ReportMailer);
    await mailers.done({ parts: 3 }).deliverLater({ delay: '1h' });
    await mailers.urgent().deliverLater();
    expect(jobs.enqueuedMails()).toMatchObject([
      { mailer: 'ReportMailer', action: 'done', payload: { parts: 3 }, queue: 'mailers', delay: 3_600_000 },
      { mailer: 'ReportMailer', action: 'urgent' },
    ]);
    expect(() => jobs.lastMail()).toThrow(/Waiting for delivery: ReportMailer.done, ReportMailer.urgent\./);
    await jobs.drain();
    expect(jobs.lastMail()).toMatchObject({
      action: 'urgent',
      transport: 'pager',
      recipients: ['ops@example.test'],
    });
    await jobs.advance('1h');
    expect(jobs.lastMail()).toMatchObject({
      mailer: 'ReportMailer',
      action: 'done',
      subject: '3 parts',
      recipients: ['ada@example.test', 'boss@example.test'],
      links: ['https://acme.test/r?a=1&b=2', 'https://acme.test/plain'],
    });
    expect(jobs.sentMails()).toHaveLength(2);
  });

  it('belong to the attempt that sent them, even if its job runs again', async () => {
    const jobs = await kit();
    jobs.trouble.crash(FanOutJob);
    await jobs.get(JobsService).enqueue(FanOutJob, { parts: 0 });
    await jobs.drain();
    expect(jobs.performed(FanOutJob).map(({ mails }) => mails.length)).toEqual([1, 1]);
    expect(jobs.sentMails()).toHaveLength(2);
  });

  it('have no payload if their action has none', async () => {
    const jobs = await kit();
    await jobs.get(MailersService).for(ReportMailer).urgent().deliverLater();
    expect(jobs.enqueuedMails()[0]).toMatchObject({ action: 'urgent', payload: undefined });
  });

  it('cause an error in lastMail() if none was sent', async () => {
    const jobs = await kit();
    expect(() => jobs.lastMail()).toThrow(expect.objectContaining({ code: 'FLEDGE_TEST_NO_MAIL' }));
  });
});

describe('a job that does not end', () => {
  it('is reported before the test runner’s timeout, even with fake timers', async () => {
    const errors: string[] = [];
    let end = (): void => undefined;
    @Job()
    class SleepJob {
      perform(): Promise<void> {
        return new Promise((resolve) => (end = resolve));
      }
    }
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const logged = new Promise<void>((resolve) => {
      const error = (line: string): void => {
        errors.push(line);
        resolve();
      };
      void kit({ providers: [SleepJob], logger: { ...silent, error } }).then((jobs) => jobs.run(SleepJob));
    });
    await logged;
    end();
    expect(errors).toEqual([
      expect.stringMatching(/^SleepJob [-\w]+ \(attempt 1\) has been running for 3 s.*vi\.useFakeTimers/),
    ]);
  });
});

describe('jobs.trouble', () => {
  it('stop interrupts a job when the test’s condition is true', async () => {
    const jobs = await kit();
    await jobs.get(JobsService).enqueue(SteadyJob, { steps: 3 });
    jobs.trouble.stop(SteadyJob, { when: ({ progress }) => progress.length === 2 });
    const [stopped, again] = await jobs.drain();
    expect(stopped).toMatchObject({ outcome: { kind: 'interrupted' }, progress: [1, 2], attempt: 1 });
    expect(again).toMatchObject({ outcome: { kind: 'completed' }, progress: [1, 2, 3], attempt: 1 });
  });

  it.each([
    ['stop', 'interrupted'],
    ['timeout', 'failed'],
    ['cancel', 'cancelled'],
    ['loseLock', 'lost'],
    ['unknown', 'snoozed'],
  ] as const)('%s: the outcome of the attempt is %s', async (trouble, kind) => {
    const jobs = await kit();
    jobs.trouble[trouble](SteadyJob);
    expect((await jobs.run(SteadyJob, { steps: 3 })).outcome.kind).toBe(kind);
    expect((await jobs.run(SteadyJob, { steps: 3 })).outcome.kind).toBe('completed');
  });

  it('crash ends an attempt before the store is updated, and makes the job poison after five', async () => {
    const jobs = await kit();
    await jobs.get(JobsService).enqueue(CountJob, { n: 1 });
    jobs.trouble.crash(CountJob);
    expect(kinds(await jobs.drain())).toEqual(['crashed', 'completed']);
    expect(log).toEqual(['count 1', 'count 1']);
    await jobs.get(JobsService).enqueue(CountJob, { n: 2 });
    for (let i = 0; i < 5; i++) jobs.trouble.crash(CountJob);
    expect(kinds(await jobs.drain())).toEqual([...Array(5).fill('crashed'), 'killed']);
    expect(jobs.performed().at(-1)!.error).toMatchObject({ code: 'FLEDGE_JOB_POISON' });
  });

  it('storeDown makes enqueues fail until storeUp', async () => {
    const jobs = await kit();
    jobs.trouble.storeDown();
    const enqueue = () => jobs.get(JobsService).enqueue(CountJob, { n: 1 });
    await expect(enqueue()).rejects.toMatchObject({ code: 'FLEDGE_STORE_UNREACHABLE', unavailable: true });
    jobs.trouble.storeUp();
    expect((await enqueue()).status).toBe('enqueued');
  });

  it('unknown parks a job as an old worker would, and the next worker runs it', async () => {
    const jobs = await kit();
    await jobs.get(JobsService).enqueue(CountJob, { n: 1 });
    jobs.trouble.unknown(CountJob);
    expect(await jobs.drain()).toMatchObject([{ outcome: { kind: 'snoozed' }, retryIn: 60_000 }]);
    expect(kinds(await jobs.advance('1m'))).toEqual(['completed']);
  });
});

describe('expectIdempotent', () => {
  const rows = new Map<string, number>();

  @Job()
  class ChargeJob {
    async perform({ amount }: { amount: number }, { id, note, notes }: JobContext): Promise<void> {
      if (!notes['charged']) rows.set(id, (rows.get(id) ?? 0) + amount);
      await note('charged', true);
    }
  }
  @Job()
  class CarelessJob {
    async perform({ amount }: { amount: number }): Promise<void> {
      rows.set('all', (rows.get('all') ?? 0) + amount);
    }
  }

  it('passes if the second run changes nothing', async () => {
    const jobs = await kit({ providers: [ChargeJob] });
    rows.clear();
    await jobs.expectIdempotent(ChargeJob, { amount: 5 }, () => rows);
    expect([...rows.values()]).toEqual([5]);
  });

  it('passes the same payload to both runs, even if the test changes its object', async () => {
    const jobs = await kit({ providers: [ChargeJob] });
    rows.clear();
    const payload = { amount: 5 };
    await jobs.expectIdempotent(ChargeJob, payload, () => {
      payload.amount = 9;
      return rows;
    });
    expect(jobs.performed(ChargeJob).map((attempt) => attempt.payload)).toEqual([
      { amount: 5 },
      { amount: 5 },
    ]);
  });

  it('fails if the second run changes something, and shows both states', async () => {
    const jobs = await kit({ providers: [CarelessJob] });
    rows.clear();
    await expect(jobs.expectIdempotent(CarelessJob, { amount: 5 }, () => rows)).rejects.toThrow(
      /CarelessJob is not idempotent[^]*After the first run: {2}Map\(1\) { 'all' => 5 }[^]*After the second run: Map\(1\) { 'all' => 10 }/,
    );
    await expect(jobs.expectIdempotent(FailJob, { why: 'no' }, () => 0)).rejects.toThrow(
      'FailJob did not complete. Its outcome was failed: no',
    );
  });
});

describe('the application', () => {
  it('can be tested through its controllers', async () => {
    const jobs = await kit({ application: (module) => module.createNestApplication() });
    await jobs.app.listen(0, '127.0.0.1');
    const response = await fetch(`${await jobs.app.getUrl()}/orders`, { method: 'POST' });
    expect(await response.json()).toEqual({ job: 'enqueued' });
    expect(jobs.enqueued(CountJob)).toMatchObject([{ payload: { n: 7 } }]);
  });

  it('has no HTTP server by default', async () => {
    const jobs = await kit();
    expect(() => jobs.app).toThrow(/application: \(module\) => module\.createNestApplication\(\)/);
  });

  it('gets calls of its failure handlers before the drain resolves', async () => {
    const jobs = await kit({ jobs: { handlers: [DeathRecorder] } });
    await jobs.get(JobsService).enqueue(MoodJob, { mood: 'kill' });
    await jobs.drain();
    expect(jobs.get(DeathRecorder).deaths).toMatchObject([{ job: { name: 'MoodJob' } }]);
  });
});

describe('testJobs refuses invalid arguments', () => {
  const wrong: readonly (readonly [string, readonly unknown[], RegExp])[] = [
    ['no module', [undefined], /got undefined as the module.*circular import/],
    ['options in place of the builder', [class {}, { mode: 'inline' }], /Options come third/],
    ['a builder that is not returned', [{}, () => undefined], /Return the builder/],
    ['an unknown mode', [{}, undefined, { mode: 'inlne' }], /mode of testJobs is 'inlne'/],
    ['an unknown option', [{}, undefined, { aplication: 1 }], /Did you mean "application"/],
    ['an invalid time', [{}, undefined, { now: new Date('soon') }], /now of testJobs is Invalid Date/],
  ];

  it.each(wrong)('%s', async (_, values, message) => {
    const opened = (testJobs as (...values: readonly unknown[]) => Promise<TestJobs>)(...values);
    await expect(opened).rejects.toThrow(message);
    await expect(opened).rejects.toMatchObject({ code: 'FLEDGE_OPTION_INVALID' });
  });

  it('closes what it opened if the module has no jobs or the application cannot be created', async () => {
    let closed = 0;
    @Injectable()
    class Database {
      onModuleDestroy(): void {
        closed += 1;
      }
    }
    await expect(testJobs({ providers: [Database] })).rejects.toMatchObject({
      code: 'FLEDGE_MODULE_MISSING',
    });
    const application = (): never => {
      throw new Error('no platform');
    };
    await expect(kit({ providers: [Database], application })).rejects.toThrow('no platform');
    expect(closed).toBe(2);
  });
});
