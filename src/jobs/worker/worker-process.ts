import type { DynamicModule, Type } from '@nestjs/common';
import { EmfMetrics } from '../observe/emf-metrics.js';
import { OutcomeCounts } from '../observe/outcome-counts.js';
import { within } from '../values/deadline.js';
import { asError } from '../values/errors.js';
import type { HealthAddress } from '../values/health-address.js';
import { checkPlan } from './check-report.js';
import { bootFailure } from './boot-failure.js';
import { exitCodeOf, exitCodes } from './exit-codes.js';
import { WorkerProbe } from './health/health-probe.js';
import { HealthServer } from './health/health-server.js';
import { timeForApp } from './lifecycle/stop-budget.js';
import type { LoopWatch } from './loop/loop-watch.js';
import { ProcessLog } from './process-log.js';
import { listenToProcess, type Crash, type SignalTarget } from './process-signals.js';
import { parseFlags, usage, type Flags } from './settings/flags.js';
import { readProcessSources } from './settings/process-sources.js';
import { firstOf, resolveSettings, type SettingSources, type WorkerSettings } from './settings/settings.js';
import { reportStartup, warnOfForeignLogger } from './startup-report.js';
import { slowCloseWarning, WorkerApplication, type WorkerOptions } from './worker-application.js';

/** How long the loop's watchdog may take to end, in milliseconds. */
const threadEnds = 100;

type State =
  /** There is no application yet. With `quiet` it must not fetch jobs once it is there. */
  | { readonly phase: 'booting'; readonly quiet: boolean }
  | { readonly phase: 'up' }
  /** `ending now` waits only for running jobs to be handed back. A crash has its own exit code. */
  | { readonly phase: 'ending' | 'ending now'; readonly crashed: boolean };

/** One worker process from its command line to its exit code. */
export class WorkerProcess implements SignalTarget {
  private readonly log: ProcessLog;
  private readonly probe = new WorkerProbe();
  private state: State = { phase: 'booting', quiet: false };
  private app?: WorkerApplication;
  private shutdownTimeout = 5_000;
  private health?: HealthServer;
  private loopWatch?: LoopWatch;
  private metrics?: EmfMetrics;

  constructor(
    private readonly module: Type | DynamicModule,
    private readonly options: WorkerOptions,
    private readonly args: readonly string[],
  ) {
    this.log = new ProcessLog(options.logger);
  }

  async run(): Promise<void> {
    // Before the boot, because a container may be stopped while it starts.
    listenToProcess(this);
    this.log.start();
    try {
      const flags = parseFlags(this.args);
      if (flags.help) return this.printAndExit(usage());
      const sources = readProcessSources(flags);
      this.log.configure(sources, flags.check);
      await this.boot(sources, flags);
    } catch (error) {
      if (this.isEnding()) return;
      this.log.error(bootFailure(error, (one) => this.stackOf(one)));
      await this.end(exitCodeOf(error));
    }
  }

  private async boot(sources: SettingSources, flags: Flags): Promise<void> {
    const early = flags.check ? undefined : firstOf(sources, 'healthPort')?.value;
    // Before the application exists, so that /startupz can report that it is booting.
    const stops = firstOf(sources, 'shutdownTimeout')?.value;
    let healthUrl = early && early !== 'off' ? await this.startHealth(early, stops) : undefined;
    const app = await WorkerApplication.create(this.module, this.options, this.log.own);
    this.app = app;
    const settings = resolveSettings(app.options, sources);
    this.shutdownTimeout = settings.shutdownTimeout;
    if (flags.check) return this.check(app, settings);
    this.leaveBooting(app);
    this.probe.attach(app);
    if (!this.health && settings.health)
      healthUrl = await this.startHealth(settings.health, this.shutdownTimeout);
    reportStartup(app, settings, healthUrl);
    if (!this.log.own) warnOfForeignLogger(app.events, sources);
    this.loopWatch = app.watchLoop(this.log.format);
    this.loopWatch.start();
    await app.worker.start(settings, () => void this.end(exitCodes.clean));
    if (settings.metricsApp !== undefined && !this.isEnding()) this.writeMetrics(app, settings.metricsApp);
  }

  private leaveBooting({ worker }: WorkerApplication): void {
    if (this.state.phase !== 'booting') return;
    if (this.state.quiet) worker.quiet();
    this.state = { phase: 'up' };
  }

  private writeMetrics(app: WorkerApplication, name: string): void {
    const { store, worker, watch, options, events } = app;
    const queues = [...options.queues.keys()];
    const outcomes = new OutcomeCounts(events);
    const busy = (): number => worker.jobs().length;
    this.metrics = new EmfMetrics({ store, busy, queues, unserved: () => watch.unserved, outcomes }, name);
    this.metrics.start();
  }

  private async check({ context }: WorkerApplication, settings: WorkerSettings): Promise<void> {
    this.log.print(await checkPlan(context, settings));
    await this.end(exitCodes.clean);
  }

  private async startHealth(address: HealthAddress, shutdownTimeout = 25_000): Promise<string> {
    this.health = new HealthServer(address, this.probe);
    return this.health.start({ shutdownTimeout, warn: (text) => this.log.warn(text) });
  }

  isEnding(): boolean {
    return this.state.phase === 'ending' || this.isEndingNow();
  }

  quiet(): void {
    if (this.app) return this.app.worker.quiet();
    if (this.state.phase === 'booting') this.state = { phase: 'booting', quiet: true };
    this.log.log('SIGTSTP received: will take no jobs');
  }

  logRunningJobs(): void {
    if (!this.app) return this.log.log('the application is booting, so no job is running');
    this.app.events.emit({ type: 'worker-jobs', jobs: this.app.worker.jobs() });
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    this.log.log(`${signal} received`);
    await this.end(exitCodes.clean);
  }

  /** Waits only for running jobs to be handed back. */
  async stopNow(): Promise<void> {
    this.state = { phase: 'ending now', crashed: this.hasCrashed() };
    this.log.warn('SIGINT received while the worker is stopping: exiting now');
    const { left } = (await this.app?.worker.stopNow().catch(() => undefined)) ?? { left: 0 };
    if (this.hasCrashed()) process.exit(exitCodes.failed);
    process.exit(left > 0 ? exitCodes.jobsLeft : exitCodes.leftAtOnce);
  }

  /** An uncaught exception leaves the process in an unknown state, so it stops in order and exits. */
  async crash({ error, culprit, description }: Crash): Promise<void> {
    this.log.fatal(
      `${description}: the worker stops taking jobs, hands back running jobs and exits. ${this.stackOf(error)}`,
    );
    if (this.hasCrashed()) return;
    const isEnding = this.isEnding();
    this.state = { phase: this.isEndingNow() ? 'ending now' : 'ending', crashed: true };
    void this.app?.worker.crash(culprit).catch(() => undefined);
    if (!isEnding) await this.stopAndExit(exitCodes.failed);
  }

  private async end(code: number): Promise<void> {
    if (this.isEnding()) return;
    this.state = { phase: 'ending', crashed: false };
    await this.stopAndExit(code);
  }

  /** Leaves the exit to `stopNow` when that has been called in the meantime. */
  private async stopAndExit(code: number): Promise<void> {
    this.metrics?.stop();
    const began = performance.now();
    const left = await this.stopWork();
    if (this.isEndingNow()) return;
    await this.closeApplication(timeForApp(this.shutdownTimeout, this.hasCrashed() ? -Infinity : began));
    if (this.isEndingNow()) return;
    this.health?.stop();
    if (this.loopWatch) await within(threadEnds, this.loopWatch.stop());
    if (this.hasCrashed()) process.exit(exitCodes.failed);
    process.exit(code === exitCodes.clean && left > 0 ? exitCodes.jobsLeft : code);
  }

  private isEndingNow(): boolean {
    return this.state.phase === 'ending now';
  }

  private hasCrashed(): boolean {
    return 'crashed' in this.state && this.state.crashed;
  }

  /** @returns how many jobs could not be handed back */
  private async stopWork(): Promise<number> {
    try {
      return (await this.app?.worker.stop())?.left ?? 0;
    } catch (error) {
      // The process still exits. Its jobs run again once their locks have expired.
      this.log.error(`Stopping the worker failed: ${this.stackOf(error)}`);
      return this.app?.worker.jobs().length ?? 0;
    }
  }

  private async closeApplication(deadline: number): Promise<void> {
    try {
      if (!this.app || (await this.app.close(deadline))) return;
      this.log.warn(slowCloseWarning(deadline));
    } catch (error) {
      // A shutdown hook of the application threw. The process still exits.
      this.log.error(`Closing the application failed: ${this.stackOf(error)}`);
    }
  }

  /** An unexpected error may come from the engine and contain what was sent to the server, such as a password. */
  private stackOf(error: unknown): string {
    const { stack, message } = asError(error);
    return this.app?.store.withoutSecrets(stack ?? message) ?? stack ?? message;
  }

  private printAndExit(text: string): void {
    this.log.print(text);
    process.exit(exitCodes.clean);
  }
}
