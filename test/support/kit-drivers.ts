import { type DynamicModule, type LoggerService, type Provider } from '@nestjs/common';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import {
  JobEvents,
  JobsInspector,
  JobsModule,
  JobsService,
  type Duration,
  type JobEvent,
  type JobsOptions,
} from 'nestjs-fledge';
import { MailersModule, MailTransport, type OutgoingMail } from 'nestjs-fledge/mailers';
import { startRedis, startWorker, testJobs } from 'nestjs-fledge/testing';
import { inject, onTestFinished } from 'vitest';
import { toMilliseconds } from '../../src/jobs/values/duration.js';
import { RecordingTransport } from './mail-app.js';
import { until } from './until.js';

/** What a test of the suite is made of. */
export interface Setup {
  readonly providers: Provider[];
  readonly options?: JobsOptions;
  /** In place of one that takes every mail. */
  readonly transport?: MailTransport;
}

/** An application whose jobs run when the test says so. */
export interface Driven {
  readonly jobs: JobsService;
  readonly inspector: JobsInspector;
  readonly get: <T>(token: new (...dependencies: never[]) => T) => T;
  /** What has happened, in the processes that enqueue and in those that work. */
  readonly events: readonly JobEvent[];
  /** Runs all that is due, and what follows from it. */
  readonly settle: () => Promise<void>;
  /** Lets time pass, and runs what falls due on the way. */
  readonly go: (span: Duration) => Promise<void>;
  /** Lets `driver.moment` pass while nobody works. */
  readonly pause: () => Promise<void>;
  /** Those that were sent, in their order. */
  readonly mails: () => readonly Pick<OutgoingMail, 'subject' | 'to'>[];
}

export interface Driver {
  readonly name: string;
  /** A time that a test can let pass for real: milliseconds. */
  readonly moment: number;
  open(setup: Setup): Promise<Driven>;
}

/** Failures are what these tests are about. */
const silent: LoggerService = { log: () => undefined, error: () => undefined, warn: () => undefined };
export const quietly = (builder: TestingModuleBuilder): TestingModuleBuilder => builder.setLogger(silent);
const tap = Symbol('hears all events, from the first');

/** One job at a time in each queue, so that their order can be told. */
function moduleOf(
  { providers, options }: Setup,
  transport: MailTransport,
  events: JobEvent[],
): DynamicModule {
  const heard = (stream: JobEvents): unknown => stream.subscribe((event) => events.push(event));
  return {
    module: class AppModule {},
    imports: [
      JobsModule.forRoot({
        queues: { default: { concurrency: 1 }, mailers: { concurrency: 1 } },
        ...options,
      }),
      MailersModule.forRoot({ transport, from: 'hello@acme.test' }),
    ],
    providers: [...providers, { provide: tap, inject: [JobEvents], useFactory: heard }],
  };
}

/** The testing kit: memory, and a clock that is held. */
export const kit: Driver = {
  name: 'the kit',
  moment: 3_600_000,
  async open(setup) {
    const events: JobEvent[] = [];
    const module = moduleOf(setup, new RecordingTransport(), events);
    const { transport } = setup;
    const jobs = await testJobs(module, (builder) =>
      transport ? quietly(builder).overrideProvider(MailTransport).useValue(transport) : quietly(builder),
    );
    onTestFinished(() => jobs.close());
    return {
      jobs: jobs.get(JobsService),
      inspector: jobs.get(JobsInspector),
      get: (token) => jobs.get(token),
      events,
      settle: async () => void (await jobs.drain()),
      go: async (span) => void (await jobs.advance(span)),
      pause: async () => void (await jobs.advance(kit.moment + 1, { only: [] })),
      mails: () => jobs.sentMails(),
    };
  },
};

/**
 * Redis, a web process that enqueues, and a worker that is there only while the test wants jobs to run. Hours pass by
 * rewriting the times of what is scheduled.
 */
export const redis: Driver = {
  name: 'Redis',
  moment: 500,
  async open(setup) {
    const server = await startRedis({ url: inject('redisUrl') });
    onTestFinished(() => server.stop());
    const events: JobEvent[] = [];
    const recorder = new RecordingTransport();
    const module = moduleOf(setup, setup.transport ?? recorder, events);
    const web = await server.connect(quietly(Test.createTestingModule({ imports: [module] }))).compile();
    onTestFinished(() => web.close());
    await web.init();
    const inspector = web.get(JobsInspector, { strict: false });
    const settle = async (): Promise<void> => {
      const worker = await startWorker(module, { redis: server, builder: quietly });
      try {
        await worker.idle();
      } finally {
        await worker.stop();
      }
    };
    return {
      jobs: web.get(JobsService, { strict: false }),
      inspector,
      get: (token) => web.get(token, { strict: false }),
      events,
      settle,
      async go(span) {
        await settle();
        let left = toMilliseconds(span, 'go');
        for (;;) {
          const next = await nextDue(inspector);
          const wait = Math.max(0, next - Date.now());
          if (wait > left) break;
          left -= wait;
          await bringForward(inspector, wait);
          await settle();
        }
        await bringForward(inspector, left);
      },
      async pause() {
        const end = Date.now() + redis.moment + 1;
        await until('the moment has passed', () => Date.now() > end);
      },
      mails: () => recorder.sent,
    };
  },
};

const later = ['scheduled', 'retrying'] as const;

/** Milliseconds since 1970; Infinity: nothing is scheduled. */
async function nextDue(inspector: JobsInspector): Promise<number> {
  const pages = await Promise.all(later.map((state) => inspector.jobs(state)));
  return Math.min(...pages.flatMap(({ jobs }) => jobs).map(({ dueAt }) => Number(dueAt)));
}

async function bringForward(inspector: JobsInspector, by: number): Promise<void> {
  for (const state of later) {
    const { jobs } = await inspector.jobs(state);
    for (const { id, dueAt } of jobs) await inspector.reschedule(id, Number(dueAt) - by);
  }
}

type Finished = Extract<JobEvent, { type: 'finished' }>;

/** The attempts that have ended, in their order. */
export function finished({ events }: Driven): Finished[] {
  return events.filter((event) => event.type === 'finished');
}

export const kindsOf = (driven: Driven): string[] => finished(driven).map(({ outcome }) => outcome.kind);
