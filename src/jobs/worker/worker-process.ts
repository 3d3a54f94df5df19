import { Logger, type DynamicModule, type INestApplicationContext, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { asError, FledgeError } from '../errors.js';
import { EventLog } from '../event-log.js';
import { JobEvents } from '../events.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../options.js';
import { QueueWatch } from '../queue-watch.js';
import { lockDuration, Store } from '../store.js';
import { within } from '../within.js';
import { exitCodeOf, exitCodes } from './exit-codes.js';
import { HealthServer } from './health-server.js';
import { WorkerProbe } from './health-probe.js';
import { JobsWorker } from './jobs-worker.js';
import { LoopWatch } from './loop-watch.js';
import { checkPlan } from './plan.js';
import { parseFlags, usage, type Flags } from './settings/flags.js';
import type { HealthAddress } from './settings/setting-values.js';
import {
  firstOf,
  logSettings,
  readSources,
  resolveSettings,
  type SettingSources,
  type WorkerSettings,
} from './settings/settings.js';
import { stopBudget } from './stop-budget.js';
import { stopTimeoutWarning } from './stop-timeout.js';
import { WorkerLogger } from './worker-logger.js';

type NestOptions = NonNullable<Parameters<typeof NestFactory.createApplicationContext>[1]>;
/** Nest declares its options as a class, which is not meant to be spread; they are used as plain objects. */
export type ContextOptions = { [Key in keyof NestOptions]: NestOptions[Key] };

/** So close together two INTs on a terminal are one Ctrl-C: npm passes it on to a process that has it already. */
const sameKeyPress = 100;

/** How long the loop's watchdog may take to end, in milliseconds. */
const threadEnds = 100;

/** One worker process from its command line to its exit code. */
export class WorkerProcess {
  private readonly logger = new Logger('Jobs');
  private readonly probe = new WorkerProbe();
  private app?: INestApplicationContext;
  private worker?: JobsWorker;
  private shutdownTimeout = 5_000;
  private ownLogger?: WorkerLogger;
  private health?: HealthServer;
  private loopWatch?: LoopWatch;
  private ending = false;
  private leaving = false;
  private crashed = false;
  private stopAskedAt = 0;

  constructor(
    private readonly module: Type | DynamicModule,
    private readonly options: ContextOptions,
    private readonly args: readonly string[],
  ) {}

  async run(): Promise<void> {
    // Before the boot: a container may be told to stop while it starts.
    this.listen();
    // Until its settings are understood it speaks plainly.
    if (this.options.logger === undefined) this.log(new WorkerLogger('log', 'text'));
    try {
      const flags = parseFlags(this.args);
      if (flags.help) return this.print(usage());
      const sources = readSources(flags, process.env);
      this.chooseLogger(sources, flags);
      await this.boot(sources, flags);
    } catch (error) {
      if (this.ending) return;
      this.logger.error(error instanceof FledgeError ? error.message : asError(error).stack);
      await this.end(exitCodeOf(error));
    }
  }

  private async boot(sources: SettingSources, flags: Flags): Promise<void> {
    const early = flags.check ? undefined : firstOf(sources, 'healthPort')?.value;
    // Before the application, so that /startupz can say that it boots.
    const url = early && early !== 'off' ? await this.startHealth(early) : undefined;
    const app = await NestFactory.createApplicationContext(this.module, {
      ...this.options,
      ...(this.ownLogger ? { logger: this.ownLogger } : {}),
      abortOnError: false,
    });
    this.app = app;
    const store = requireStore(app);
    refuseMemory(store);
    if (this.ownLogger) app.get(EventLog, { strict: false }).sink = this.ownLogger;
    const worker = app.get(JobsWorker, { strict: false });
    this.worker = worker;
    worker.onStopRequest = () => void this.end(exitCodes.clean);
    const settings = resolveSettings(app.get<ResolvedJobsOptions>(JOBS_OPTIONS, { strict: false }), sources);
    this.shutdownTimeout = settings.shutdownTimeout;
    if (flags.check) return this.check(app, settings);
    this.sayBeforehand(app.get(JobEvents, { strict: false }), settings, url);
    this.probe.attach({ worker, store, watch: app.get(QueueWatch, { strict: false }) });
    if (!this.health && settings.health) {
      const late = await this.startHealth(settings.health);
      app.get(JobEvents, { strict: false }).emit({ type: 'health-listening', url: late });
    }
    this.watchLoop(app, worker);
    await worker.start(settings);
  }

  private watchLoop(app: INestApplicationContext, worker: JobsWorker): void {
    this.loopWatch = new LoopWatch({
      events: app.get(JobEvents, { strict: false }),
      running: () => worker.jobs(),
      lockDuration,
      threshold: app.get<ResolvedJobsOptions>(JOBS_OPTIONS, { strict: false }).loopBlockThreshold,
      format: this.ownLogger?.format ?? 'text',
    });
    this.loopWatch.start();
  }

  private sayBeforehand(events: JobEvents, settings: WorkerSettings, healthUrl: string | undefined): void {
    events.emit({ type: 'worker-settings', settings: settings.shown });
    if (healthUrl !== undefined) events.emit({ type: 'health-listening', url: healthUrl });
    for (const message of settings.suspicions)
      events.emit({ type: 'warning', code: 'FLEDGE_SETTING_UNKNOWN', message });
    const message = stopTimeoutWarning(settings);
    if (message !== undefined) events.emit({ type: 'warning', code: 'FLEDGE_STOP_TIMEOUT', message });
  }

  private async check(app: INestApplicationContext, settings: WorkerSettings): Promise<void> {
    const plan = await checkPlan(app, settings);
    console.log(plan);
    await this.end(exitCodes.clean);
  }

  private chooseLogger(sources: SettingSources, { check }: Flags): void {
    if (this.options.logger !== undefined) return;
    const { level, format } = logSettings(sources);
    // The plan is for people, and nothing should stand between its lines.
    this.log(new WorkerLogger(level ?? (check ? 'warn' : 'log'), format ?? (check ? 'text' : undefined)));
  }

  /** What is said before the application is there goes the same way as what it says. */
  private log(logger: WorkerLogger): void {
    this.ownLogger = logger;
    Logger.overrideLogger(logger);
  }

  private async startHealth(address: HealthAddress): Promise<string> {
    this.health = new HealthServer(address, this.probe);
    return this.health.start();
  }

  private listen(): void {
    process.on('SIGTERM', (signal) => this.stop(signal));
    process.on('SIGINT', (signal) => this.stop(signal));
    process.on('uncaughtException', (error, origin) => void this.crash(error, origin));
    // Windows has no job control.
    if (process.platform === 'win32') return;
    process.on('SIGTSTP', () => this.worker?.quiet());
    process.on('SIGTTIN', () => {
      const events = this.app?.get(JobEvents, { strict: false });
      events?.emit({ type: 'worker-jobs', jobs: this.worker?.jobs() ?? [] });
    });
  }

  private stop(signal: NodeJS.Signals): void {
    const isEcho = process.stdin.isTTY && Date.now() - this.stopAskedAt < sameKeyPress;
    this.stopAskedAt = Date.now();
    if (this.ending && signal === 'SIGINT' && !isEcho) return void this.leave();
    if (this.ending) return;
    this.logger.log(`${signal} received`);
    void this.end(exitCodes.clean);
  }

  /** A second INT: no waiting for anything but the hand-back. */
  private async leave(): Promise<never> {
    this.leaving = true;
    this.logger.warn('SIGINT received again: leaving at once');
    const { left } = (await this.worker?.leave()) ?? { left: 0 };
    process.exit(left > 0 ? exitCodes.jobsLeft : exitCodes.leftAtOnce);
  }

  /** Nobody knows in what state an uncaught exception leaves the process, so it ends, in order. */
  private async crash(error: unknown, origin: string): Promise<void> {
    const what =
      origin === 'unhandledRejection'
        ? 'A promise was rejected and nobody caught it'
        : 'Nobody caught an exception';
    this.logger.fatal?.(
      `${what}; the worker takes no more jobs, hands back what runs and ends. ${asError(error).stack}`,
    );
    if (this.crashed) return;
    this.crashed = true;
    void this.worker?.crash();
    await this.end(exitCodes.failed);
  }

  private async end(code: number): Promise<void> {
    if (this.ending) return;
    this.ending = true;
    const report = await this.worker?.stop();
    if (this.leaving) return;
    try {
      await this.closeApplication();
    } catch (error) {
      // A shutdown hook of the application's threw; the process ends all the same.
      this.logger.error(`Closing the application failed: ${asError(error).stack}`);
    }
    if (this.leaving) return;
    this.health?.stop();
    if (this.loopWatch) await within(threadEnds, this.loopWatch.stop());
    if (this.crashed) process.exit(exitCodes.failed);
    process.exit(code === exitCodes.clean && report && report.left > 0 ? exitCodes.jobsLeft : code);
  }

  private async closeApplication(): Promise<void> {
    if (!this.app) return;
    let failure: unknown;
    // Also when the deadline has passed, its rejection is nobody's but ours.
    await within(
      stopBudget(this.shutdownTimeout).app,
      this.app.close().catch((error: unknown) => (failure = error)),
    );
    if (failure !== undefined) throw failure;
  }

  private print(text: string): void {
    console.log(text);
    process.exit(exitCodes.clean);
  }
}

function requireStore(app: INestApplicationContext): Store {
  try {
    return app.get(Store, { strict: false });
  } catch {
    throw new FledgeError(
      'FLEDGE_MODULE_MISSING',
      'The module given to runWorker does not import JobsModule, so there is nothing to work. Add JobsModule.forRoot({ … }) to the imports of the application’s root module.',
    );
  }
}

function refuseMemory(store: Store): void {
  if (store.kind !== 'memory') return;
  throw new FledgeError(
    'FLEDGE_WORKER_NEEDS_REDIS',
    'A worker process cannot see jobs in the memory of the web process. Set JOBS_URL=redis://… for both, or run the web process alone: without JOBS_URL it works its own jobs.',
  );
}
