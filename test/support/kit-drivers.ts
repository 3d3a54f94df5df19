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

/** The parts of the application under test. */
export interface Setup {
  readonly providers: Provider[];
  readonly options?: JobsOptions;
  /** Replaces the transport that accepts every mail. */
  readonly transport?: MailTransport;
}

/** An application whose jobs run when the test asks for them. */
export interface Driven {
  readonly jobs: JobsService;
  readonly inspector: JobsInspector;
  readonly get: <T>(token: new (...dependencies: never[]) => T) => T;
  /** The events of the processes that enqueue and of those that run jobs. */
  readonly events: readonly JobEvent[];
  /** Runs all due jobs and the jobs that they enqueue. */
  readonly settle: () => Promise<void>;
  /** Advances the time, and runs the jobs that fall due. */
  readonly go: (span: Duration) => Promise<void>;
  /** Lets `driver.moment` pass without a worker. */
  readonly pause: () => Promise<void>;
  /** The sent mails, in order. */
  readonly mails: () => readonly Pick<OutgoingMail, 'subject' | 'to'>[];
}

export interface Driver {
  readonly name: string;
  /** A time that is short enough for a test to wait, in milliseconds. */
  readonly moment: number;
  open(setup: Setup): Promise<Driven>;
}

/** Silent, because failures are expected in these tests. */
const silent: LoggerService = { log: () => undefined, error: () => undefined, warn: () => undefined };
export const quietly = (builder: TestingModuleBuilder): TestingModuleBuilder => builder.setLogger(silent);
const tap = Symbol('records all events from the first');

/** One job at once in each queue, so that the order is known. */
function moduleOf(
  { providers, options }: Setup,
  transport: MailTransport,
  events: JobEvent[],
): DynamicModule {
  const record = (stream: JobEvents): unknown => stream.subscribe((event) => events.push(event));
  return {
    module: class AppModule {},
    imports: [
      JobsModule.forRoot({
        queues: { default: { concurrency: 1 }, mailers: { concurrency: 1 } },
        ...options,
      }),
      MailersModule.forRoot({ transport, from: 'hello@acme.test' }),
    ],
    providers: [...providers, { provide: tap, inject: [JobEvents], useFactory: record }],
  };
}

/** The testing kit: the memory store with a held clock. */
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
 * Redis, a web process that enqueues, and a worker that runs only while the test asks for it. Hours pass by changing
 * the times of scheduled jobs.
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

/** In milliseconds since 1970. Infinity if nothing is scheduled. */
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

/** The finished attempts, in order. */
export function finished({ events }: Driven): Finished[] {
  return events.filter((event) => event.type === 'finished');
}

export const kindsOf = (driven: Driven): string[] => finished(driven).map(({ outcome }) => outcome.kind);
