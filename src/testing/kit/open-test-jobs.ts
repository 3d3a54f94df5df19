import type { INestApplication, ModuleMetadata, Type } from '@nestjs/common';
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing';
import { DeclaredSchedules } from '../../jobs/schedules/declared-schedules.js';
import { FledgeError } from '../../jobs/values/errors.js';
import { JobEvents } from '../../jobs/events/events.js';
import { Executor } from '../../jobs/perform/executor.js';
import { OutputLimits } from '../../jobs/perform/output-limits.js';
import { FailureHandlers } from '../../jobs/perform/failure-handlers.js';
import type { Performable } from '../../jobs/job/job.js';
import { MiddlewareChain } from '../../jobs/discovery/middleware-chain.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../../jobs/config/resolved-options.js';
import { JobRegistry, type JobDefinition } from '../../jobs/discovery/registry.js';
import type { JobSubjects } from '../../jobs/job/subjects.js';
import { Store } from '../../jobs/store/store.js';
import { EmbeddedWorker } from '../../jobs/worker/lifecycle/embedded-worker.js';
import { MailTransport, type MailersOptions } from '../../mailers/index.js';
import {
  mailerOptionsOf,
  MAILERS_OPTIONS,
  MailTransports,
  storedMailerName,
} from '../../mailers/internals.js';
import { checkBuilt, checkTestJobs } from './check-test-jobs.js';
import { Drainer } from './drainer.js';
import { HeldClock } from './held-clock.js';
import { Inline } from './inline.js';
import { MailRecorder } from '../records/mail-recorder.js';
import { Performer } from './performer.js';
import { seededRandom } from './seeded-random.js';
import { TestJobs, type TestMode } from './test-jobs.js';
import { enqueuedJob, TestStore } from './test-store.js';
import { mailKey, Trouble } from './trouble.js';

export interface TestJobsOptions {
  /** @default 'fake' */
  readonly mode?: TestMode;
  /** The first time of the kit's clock. @default the system's time */
  readonly now?: Date;
  /** The seed of the jitter of retries. The same seed gives the same waits in every run. @default 1 */
  readonly seed?: number;
  /**
   * Called at the start and whenever the kit's clock moves. Use it to keep `Date` in step, if your code reads `Date`. With Vitest,
   * call `vi.useFakeTimers({ toFake: ['Date'] })`, and then pass `(now) => vi.setSystemTime(now)`.
   * @default does nothing, so `Date` has the real time
   */
  readonly onTimeChange?: (now: Date) => void;
  /**
   * Makes the HTTP application for tests of controllers. `jobs.app` returns it.
   * @default none
   * @example (module) => module.createNestApplication()
   */
  readonly application?: (module: TestingModule) => INestApplication | Promise<INestApplication>;
}

type Importable = NonNullable<ModuleMetadata['imports']>[number];

/** A module, or the metadata of one. */
export type TestedModule = Importable | ModuleMetadata;

/**
 * Boots the module of an application for a test, as in production, with three differences. Jobs are kept in memory, with a clock
 * that stands still. They run when the test asks for it. Mails are recorded, not sent. It needs no server and opens no sockets.
 *
 * @param rootModule the root module of the application, or `{ imports, providers }` to test a few jobs
 * @param builder makes further changes, as with `Test.createTestingModule` of Nest
 * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_MODULE_MISSING`, and any error of the boot, after closing the application
 * @example
 * const jobs = await testJobs(AppModule, (builder) => builder.overrideProvider(Payments).useValue(payments));
 * await jobs.get(AccountsService).signUp('ada@example.test');
 * await jobs.drain();
 */
export async function testJobs(
  rootModule: TestedModule,
  builder: (builder: TestingModuleBuilder) => TestingModuleBuilder = (same) => same,
  options: TestJobsOptions = {},
): Promise<TestJobs> {
  checkTestJobs(rootModule, builder, options);
  const { now = new Date(), seed = 1 } = options;
  const parts: Replacements = {
    clock: new HeldClock(now.getTime()),
    random: seededRandom(seed),
    mails: new MailRecorder(),
  };
  const module = await checkBuilt(builder(withoutServers(rootModule, parts))).compile();
  let opened: Pick<TestingModule, 'close'> = module;
  try {
    requireJobs(module);
    const app = await options.application?.(module);
    opened = app ?? module;
    return await boot(module, app, parts, options);
  } catch (error) {
    // An open application could keep the test's process alive.
    await opened.close().catch(() => undefined);
    throw error;
  }
}

/** The replacements of servers and of the system's clock. */
interface Replacements {
  readonly clock: HeldClock;
  readonly random: () => number;
  readonly mails: MailRecorder;
}

async function boot(
  module: TestingModule,
  app: INestApplication | undefined,
  { clock, random, mails }: Replacements,
  { mode = 'fake', onTimeChange = () => undefined }: TestJobsOptions,
): Promise<TestJobs> {
  const find = <T>(token: abstract new (...dependencies: never[]) => T): T =>
    module.get(token, { strict: false });
  const [store, registry, events] = [
    module.get<TestStore>(Store, { strict: false }),
    find(JobRegistry),
    find(JobEvents),
  ];
  const trouble = new Trouble(keysOf(registry), store);
  const performer = new Performer({
    executor: find(Executor),
    olderExecutor: new Executor(withoutClasses(registry), find(MiddlewareChain), events, find(OutputLimits)),
    handlers: find(FailureHandlers),
    trouble,
    mails,
  });
  const namesOf = (job: Type<Performable>): readonly string[] => registry.namesOf(job);
  const drainer = new Drainer({ store, clock, performer, namesOf, onTimeChange });
  const options = module.get<ResolvedJobsOptions>(JOBS_OPTIONS, { strict: false });
  const opened = { module, app, store, clock, random, registry, options };
  const jobs = new TestJobs({ ...opened, performer, mails, trouble, drainer });
  jobs.mode = mode;
  mails.onSent = (mail) => performer.recording?.addMail(mail);
  events.subscribe((event) => mails.note(event));
  const inline = new Inline();
  store.execute = (attempt) => inline.within(attempt, () => performer.execute(attempt));
  store.onAdded = async (pending) => {
    performer.recording?.addJob(enqueuedJob(pending));
    if (jobs.mode === 'inline' && store.canStart(pending)) await inline.run(pending);
  };
  onTimeChange(jobs.now());
  await (app ?? module).init();
  for (const schedule of find(DeclaredSchedules).all()) await store.timetable.plan(schedule);
  return jobs;
}

function requireJobs(module: TestingModule): void {
  try {
    module.get(JobRegistry, { strict: false });
  } catch (cause) {
    throw new FledgeError(
      'FLEDGE_MODULE_MISSING',
      'The module passed to testJobs does not import JobsModule, so there are no jobs to test. Add JobsModule.forRoot({ … }) to its imports. Or pass the root module of the application, or { imports: [JobsModule.forRoot({ … }), ThatModule] }.',
      { cause },
    );
  }
}

/** Replaces the servers that an application talks to, and nothing else. */
function withoutServers(
  rootModule: TestedModule,
  { clock, random, mails }: Replacements,
): TestingModuleBuilder {
  return (
    Test.createTestingModule(metadataOf(rootModule))
      .overrideProvider(Store)
      .useFactory({
        inject: [JOBS_OPTIONS],
        factory: ({ retention }: ResolvedJobsOptions) => new TestStore(retention, clock, random),
      })
      // With a store in memory, an application runs its own jobs. Here the kit runs them.
      .overrideProvider(EmbeddedWorker)
      .useValue({})
      .overrideProvider(MailTransport)
      .useValue(mails)
      .overrideProvider(MailTransports)
      .useFactory({
        // A test may override the default transport, for example with one that fails.
        inject: [MAILERS_OPTIONS, MailTransport],
        factory: ({ transports = {} }: MailersOptions, usual: MailTransport) => {
          const recorders = Object.keys(transports).map((name): [string, MailTransport] => [name, mails]);
          return new MailTransports({ transports: Object.fromEntries(recorders) }, usual);
        },
      })
  );
}

function metadataOf(tested: TestedModule): ModuleMetadata {
  const isModule =
    typeof tested === 'function' || 'module' in tested || 'then' in tested || 'forwardRef' in tested;
  return isModule ? { imports: [tested] } : tested;
}

/** Returns a function that returns the key of a job class or of a mailer, for simulated failures. */
function keysOf(registry: JobRegistry): (target: Type<object>, action: string | undefined) => string {
  return (target, action) =>
    mailerOptionsOf(target)
      ? mailKey(storedMailerName(target, action), action)
      : registry.definitionOf(target as Type<Performable>).name;
}

/** Returns the registry of a worker that knows no job class and no mailer, as one of an older release. */
function withoutClasses(registry: JobRegistry): JobRegistry {
  const find = (name: string): JobDefinition | undefined => {
    const definition = registry.find(name);
    const subjects = definition?.subjects;
    if (!subjects) return undefined;
    const missing = (subject: string) => ({
      why: `this worker runs an older release, which does not have ${subject}`,
      advice: 'The test simulates it with jobs.trouble.unknown()',
    });
    const nameOf = (payload: unknown): string | undefined => subjects.nameOf(payload);
    const twice = (): Error => subjects.twice();
    const older: JobSubjects = { nameOf, missing, names: () => [], parts: () => new Map(), twice };
    return { ...definition, subjects: older };
  };
  return Object.create(registry, { find: { value: find } }) as JobRegistry;
}
