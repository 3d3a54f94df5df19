import { Logger, type DynamicModule, type Type } from '@nestjs/common';
import { currentAttempt } from '../perform/current-attempt.js';
import { humanDuration } from '../values/duration.js';
import { asError, FledgeError } from '../values/errors.js';
import type { HealthAddress } from '../values/health-address.js';
import { lockDuration } from '../store/store.js';
import { printableLines } from '../values/printable.js';
import { within } from '../values/deadline.js';
import { sayBeforehand, warnOfForeignLogger } from './startup-report.js';
import { EmfMetrics } from '../observe/emf-metrics.js';
import { exitCodeOf, exitCodes } from './exit-codes.js';
import { HealthServer } from './health/health-server.js';
import { WorkerProbe } from './health/health-probe.js';
import { LoopWatch } from './loop/loop-watch.js';
import { OutcomeCounts } from '../observe/outcome-counts.js';
import { checkPlan } from './check-report.js';
import { parseFlags, usage, type Flags } from './settings/flags.js';
import {
  firstOf,
  logSettings,
  readSources,
  resolveSettings,
  type SettingSources,
  type WorkerSettings,
} from './settings/settings.js';
import { stopBudget } from './lifecycle/stop-budget.js';
import { WorkerApplication, type ContextOptions } from './worker-application.js';
import { WorkerLogger } from './worker-logger.js';

/** So close together two INTs on a terminal are one Ctrl-C: npm passes it on to a process that has it already. */
const sameKeyPress = 100;

/** How long the loop's watchdog may take to end, in milliseconds. */
const threadEnds = 100;

/** One worker process from its command line to its exit code. */
export class WorkerProcess {
  private readonly logger = new Logger('Jobs');
  private readonly probe = new WorkerProbe();
  private app?: WorkerApplication;
  private shutdownTimeout = 5_000;
  private ownLogger?: WorkerLogger;
  private health?: HealthServer;
  private loopWatch?: LoopWatch;
  private metrics?: EmfMetrics;
  private ending = false;
  private leaving = false;
  private quietAsked = false;
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
    else Logger.overrideLogger(this.options.logger);
    try {
      const flags = parseFlags(this.args);
      if (flags.help) return this.print(usage());
      const sources = readSources(flags, process.env);
      this.chooseLogger(sources, flags);
      await this.boot(sources, flags);
    } catch (error) {
      if (this.ending) return;
      this.logger.error(this.words(error instanceof FledgeError ? error.message : this.stackOf(error)));
      await this.end(exitCodeOf(error));
    }
  }

  private async boot(sources: SettingSources, flags: Flags): Promise<void> {
    const early = flags.check ? undefined : firstOf(sources, 'healthPort')?.value;
    // Before the application, so that /startupz can say that it boots.
    let healthUrl = early && early !== 'off' ? await this.startHealth(early) : undefined;
    const logger = this.ownLogger ? { logger: this.ownLogger } : {};
    const app = await WorkerApplication.create(this.module, { ...this.options, ...logger });
    this.app = app;
    if (this.ownLogger) app.logTo(this.ownLogger);
    const settings = resolveSettings(app.options, sources);
    this.shutdownTimeout = settings.shutdownTimeout;
    if (flags.check) return this.check(app, settings);
    app.worker.onStopRequest = () => void this.end(exitCodes.clean);
    if (this.quietAsked) app.worker.quiet();
    this.probe.attach(app);
    if (!this.health && settings.health) healthUrl = await this.startHealth(settings.health);
    sayBeforehand(app.events, settings, healthUrl);
    if (!this.ownLogger) warnOfForeignLogger(app.events, sources);
    this.watchLoop(app);
    await app.worker.start(settings);
    if (settings.metricsApp !== undefined && !this.ending) this.writeMetrics(app, settings.metricsApp);
  }

  private writeMetrics(app: WorkerApplication, name: string): void {
    const { store, worker, watch, options, events } = app;
    const queues = [...options.queues.keys()];
    const outcomes = new OutcomeCounts(events);
    this.metrics = new EmfMetrics({ store, worker, queues, unworked: () => watch.unworked, outcomes }, name);
    this.metrics.start();
  }

  private watchLoop({ events, worker, options }: WorkerApplication): void {
    this.loopWatch = new LoopWatch({
      events,
      running: () => worker.jobs(),
      lockDuration,
      threshold: options.loopBlockThreshold,
      format: this.ownLogger?.format ?? 'text',
    });
    this.loopWatch.start();
  }

  private async check({ context }: WorkerApplication, settings: WorkerSettings): Promise<void> {
    console.log(await checkPlan(context, settings));
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
    process.on('SIGTSTP', () => this.quiet());
    process.on('SIGTTIN', () => this.sayWhatRuns());
  }

  private quiet(): void {
    if (this.app) return this.app.worker.quiet();
    this.quietAsked = true;
    this.logger.log('SIGTSTP received: will take no jobs');
  }

  private sayWhatRuns(): void {
    if (!this.app) return this.logger.log('the application boots; no job is running');
    this.app.events.emit({ type: 'worker-jobs', jobs: this.app.worker.jobs() });
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
    this.logger.warn('SIGINT received while the worker stops: leaving at once');
    const { left } = (await this.app?.worker.stopNow().catch(() => undefined)) ?? { left: 0 };
    if (this.crashed) process.exit(exitCodes.failed);
    process.exit(left > 0 ? exitCodes.jobsLeft : exitCodes.leftAtOnce);
  }

  /** Nobody knows in what state an uncaught exception leaves the process, so it ends, in order. */
  private async crash(error: unknown, origin: string): Promise<void> {
    const what =
      origin === 'unhandledRejection'
        ? 'A promise was rejected and nobody caught it'
        : 'Nobody caught an exception';
    const culprit = currentAttempt.getStore();
    const where = culprit ? `, in ${culprit.fields.name} ${culprit.fields.id}` : '';
    this.logger.fatal?.(
      this.words(
        `${what}${where}; the worker takes no more jobs, hands back what runs and ends. ${this.stackOf(error)}`,
      ),
    );
    if (this.crashed) return;
    this.crashed = true;
    void this.app?.worker.crash(culprit).catch(() => undefined);
    await this.end(exitCodes.failed);
  }

  private async end(code: number): Promise<void> {
    if (this.ending) return;
    this.ending = true;
    this.metrics?.stop();
    const left = await this.stopWork();
    if (this.leaving) return;
    await this.closeApplication();
    if (this.leaving) return;
    this.health?.stop();
    if (this.loopWatch) await within(threadEnds, this.loopWatch.stop());
    if (this.crashed) process.exit(exitCodes.failed);
    process.exit(code === exitCodes.clean && left > 0 ? exitCodes.jobsLeft : code);
  }

  /** @returns how many jobs could not be handed back */
  private async stopWork(): Promise<number> {
    try {
      return (await this.app?.worker.stop())?.left ?? 0;
    } catch (error) {
      // The process ends all the same; locks bring the jobs back.
      this.logger.error(this.words(`Stopping the worker failed: ${this.stackOf(error)}`));
      return this.app?.worker.jobs().length ?? 0;
    }
  }

  private async closeApplication(): Promise<void> {
    const deadline = stopBudget(this.shutdownTimeout).app;
    try {
      if (!this.app || (await this.app.close(deadline))) return;
      this.logger.warn(
        `Closing the application took longer than the ${humanDuration(deadline)} that it has; the process ends without it. Look for a shutdown hook (onModuleDestroy, beforeApplicationShutdown, onApplicationShutdown) that waits, or raise --shutdown-timeout.`,
      );
    } catch (error) {
      // A shutdown hook of the application's threw; the process ends all the same.
      this.logger.error(this.words(`Closing the application failed: ${this.stackOf(error)}`));
    }
  }

  /** The worker's own logger makes text printable; a logger of the application may write it as it is. */
  private words(text: string): string {
    return this.ownLogger ? text : printableLines(text);
  }

  /** An error that nobody expected may be the engine's own, with what was said to the server. */
  private stackOf(error: unknown): string {
    const { stack, message } = asError(error);
    return this.app?.store.withoutSecrets(stack ?? message) ?? stack ?? message;
  }

  private print(text: string): void {
    console.log(text);
    process.exit(exitCodes.clean);
  }
}
