import type { INestApplication, ModuleMetadata, Type } from '@nestjs/common';
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing';
import { DeclaredSchedules } from '../../jobs/schedules/declared-schedules.js';
import { FledgeError } from '../../jobs/values/errors.js';
import { JobEvents } from '../../jobs/events/events.js';
import { Executor } from '../../jobs/perform/executor.js';
import { FailureHandlers } from '../../jobs/perform/failure-handlers.js';
import type { Performable } from '../../jobs/job/job.js';
import { MiddlewareChain } from '../../jobs/discovery/middleware-chain.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../../jobs/config/resolved-options.js';
import { JobRegistry } from '../../jobs/discovery/registry.js';
import { Store } from '../../jobs/store/store.js';
import { EmbeddedWorker } from '../../jobs/worker/lifecycle/embedded-worker.js';
import { MailTransport, type MailersOptions } from '../../mailers/index.js';
import { MAILERS_OPTIONS, MailTransports } from '../../mailers/internals.js';
import { checkBuilt, checkTestJobs } from './check-test-jobs.js';
import { Drainer } from './drainer.js';
import { HeldClock } from './held-clock.js';
import { Inline } from './inline.js';
import { MailRecorder } from '../records/mail-recorder.js';
import { Performer } from './performer.js';
import { seededRandom } from './seeded-random.js';
import { TestJobs, type TestMode } from './test-jobs.js';
import { enqueuedJob, TestStore } from './test-store.js';
import { Trouble } from './trouble.js';

export interface TestJobsOptions {
  /** @default 'fake' */
  readonly mode?: TestMode;
  /** Where the kit's clock stands at first. @default the system's time */
  readonly now?: Date;
  /** What the jitter of retries is drawn from: the same waits in every run with the same seed. @default 1 */
  readonly seed?: number;
  /**
   * Called whenever the kit's clock is moved, and at the start: keep the system's own time in step, for code that asks
   * `Date`, as in `(now) => vi.setSystemTime(now)` after `vi.useFakeTimers({ toFake: ['Date'] })`.
   * @default nothing: `Date` goes on as it does
   */
  readonly onTimeChange?: (now: Date) => void;
  /**
   * Makes the HTTP application, for tests through controllers; it is then `jobs.app`.
   * @default none
   * @example (module) => module.createNestApplication()
   */
  readonly application?: (module: TestingModule) => INestApplication | Promise<INestApplication>;
}

type Importable = NonNullable<ModuleMetadata['imports']>[number];

/** A module, or what one is made of. */
export type TestedModule = Importable | ModuleMetadata;

/**
 * An application's module in a test, as production runs it, but for the store: its jobs are kept in memory, by a clock that stands
 * still, and run when the test says so; its mails are kept instead of sent. No server, no sockets, nothing left open.
 *
 * @param rootModule the application's own; or `{ imports, providers }`, for a few jobs alone
 * @param builder further changes, as with Nest's own `Test.createTestingModule`
 * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_MODULE_MISSING`, and whatever the boot throws; what was opened is closed
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
    // What has been opened must not keep the test's process alive.
    await opened.close().catch(() => undefined);
    throw error;
  }
}

/** What stands in the place of servers and of the system's clock. */
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
  const [store, registry, events] = [find(Store) as TestStore, find(JobRegistry), find(JobEvents)];
  const trouble = new Trouble((job) => registry.definitionOf(job).name, store);
  const performer = new Performer({
    executor: find(Executor),
    olderExecutor: new Executor(knowingNothing(registry), find(MiddlewareChain), events),
    handlers: find(FailureHandlers),
    trouble,
    mails,
  });
  const namesOf = (job: Type<Performable>): readonly string[] => registry.namesOf(job);
  const drainer = new Drainer({ store, clock, performer, namesOf, onTimeChange });
  const options = module.get<ResolvedJobsOptions>(JOBS_OPTIONS, { strict: false });
  const known = { module, app, store, clock, random, registry, options };
  const jobs = new TestJobs({ ...known, performer, mails, trouble, drainer });
  jobs.mode = mode;
  mails.onSent = (mail) => performer.recording?.addMail(mail);
  events.subscribe((event) => mails.note(event));
  const inline = new Inline();
  store.execute = (attempt) => performer.execute(attempt);
  store.onAdded = async (found) => {
    performer.recording?.addJob(enqueuedJob(found));
    if (jobs.mode === 'inline' && found.place === 'waiting') await inline.run(found);
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
      'The module given to testJobs does not import JobsModule, so there are no jobs to test. Add JobsModule.forRoot({ … }) to its imports; or test the application’s root module, or { imports: [JobsModule.forRoot({ … }), ThatModule] }.',
      { cause },
    );
  }
}

/** What an application talks to, replaced; everything else is its own. */
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
      // In memory an application works its own jobs: here the kit does.
      .overrideProvider(EmbeddedWorker)
      .useValue({})
      .overrideProvider(MailTransport)
      .useValue(mails)
      .overrideProvider(MailTransports)
      .useFactory({
        // A test may put one that fails in the place of the application's own.
        inject: [MAILERS_OPTIONS, MailTransport],
        factory: ({ transports = {} }: MailersOptions, usual: MailTransport) => {
          const names = Object.keys(transports).map((name) => [name, mails]);
          return new MailTransports(
            { transports: Object.fromEntries(names) as Record<string, MailTransport> },
            usual,
          );
        },
      })
  );
}

function metadataOf(tested: TestedModule): ModuleMetadata {
  const isModule =
    typeof tested === 'function' || 'module' in tested || 'then' in tested || 'forwardRef' in tested;
  return isModule ? { imports: [tested] } : tested;
}

/** As a worker of the release before sees it. */
function knowingNothing(registry: JobRegistry): JobRegistry {
  return Object.create(registry, { find: { value: () => undefined } }) as JobRegistry;
}
