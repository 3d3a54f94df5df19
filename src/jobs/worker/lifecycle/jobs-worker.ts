import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../../config/resolved-options.js';
import { JobRegistry } from '../../discovery/registry.js';
import { JobEvents } from '../../events/events.js';
import { BootChecks } from '../../observe/boot-checks.js';
import { Executor } from '../../perform/executor.js';
import type { Attempt, RunningJob } from '../../store/attempt.js';
import { buildOf } from '../../fleet/one-build.js';
import type { Beat, FleetCommand, WorkerState } from '../../store/fleet.js';
import type { QueuePlan } from '../../store/queue-plan.js';
import { Store, type SilentQueue, type StoreWorker } from '../../store/store.js';
import { environmentAlone, resolveSettings, type WorkerSettings } from '../settings/settings.js';
import { Companions, type CompanionWorker } from './companions.js';
import { stopBudget } from './stop-budget.js';
import { WorkerStop, type StopReport } from './stop.js';
import { version } from './version.js';

export type { StopReport } from './stop.js';

/** Runs jobs in this process. `runWorker` starts and stops it. A web process starts its own only if jobs are in memory. */
@Injectable()
export class JobsWorker {
  /** Unique among all worker processes: `host:pid:nonce`. */
  readonly id = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`;
  private readonly startedAt = Date.now();
  private readonly build = buildOf(process.argv[1]);
  private readonly ending: WorkerStop;
  private current: WorkerState = 'starting';
  private settings?: WorkerSettings;
  private work?: StoreWorker;
  private starting?: Promise<void>;
  private stopping?: Promise<StopReport>;

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly checks: BootChecks,
    private readonly executor: Executor,
    private readonly store: Store,
    private readonly events: JobEvents,
    private readonly registry: JobRegistry,
    private readonly companions: Companions,
  ) {
    this.ending = new WorkerStop(events, companions);
  }

  get state(): WorkerState {
    return this.current;
  }

  /** The jobs that are running now. */
  jobs(): RunningJob[] {
    return this.work?.jobs() ?? [];
  }

  /** The queues that it serves. */
  plans(): readonly QueuePlan[] {
    return this.settings?.queues ?? [];
  }

  /** Queues whose processors should be fetching jobs but are not. */
  silent(): SilentQueue[] {
    return this.work?.silent() ?? [];
  }

  /** Queues that the store refuses to serve. */
  refused(): string[] {
    return this.work?.refused() ?? [];
  }

  /**
   * Checks the store, waits for it if it is down, and starts to fetch jobs. Call it once the application is up.
   *
   * @param settings as `runWorker` reads them from all sources; by default from JobsModule and the environment only
   * @param onStopRequest called on a remote stop command; by default the worker stops. `runWorker` also ends the process
   * @throws FledgeError `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_SETTING_INVALID`, `FLEDGE_EVICTION_POLICY`,
   * `FLEDGE_REDIS_VERSION`
   */
  start(settings?: WorkerSettings, onStopRequest: () => void = () => void this.stop()): Promise<void> {
    return (this.starting ??= this.begin(settings, onStopRequest));
  }

  /** Stops taking jobs. Running jobs continue. Cannot be undone. */
  quiet(): void {
    if (this.current === 'quiet' || this.stopping) return;
    this.current = 'quiet';
    this.work?.quiet();
    void this.companions.stop('quiet');
    this.events.emit({ type: 'worker-quiet' });
    this.companions.announce();
  }

  /** Stops within `shutdownTimeout`, minus the time reserved for closing the application. Safe to call more than once. */
  stop(): Promise<StopReport> {
    return (this.stopping ??= this.end());
  }

  /** Stops without waiting for any job, even when a stop is already under way. */
  stopNow(): Promise<StopReport> {
    this.ending.skipWait();
    this.ending.skipGrace();
    return this.stop();
  }

  /**
   * Stops because of an uncaught exception. The signals of running jobs abort at once.
   *
   * @param culprit the job whose code threw, if that is known. Only this job is recorded as crashed; by default all are
   */
  crash(culprit?: Attempt): Promise<StopReport> {
    if (culprit) culprit.abort('crash');
    else this.ending.blameAll();
    this.ending.skipWait();
    return this.stop();
  }

  private async begin(given: WorkerSettings | undefined, onStopRequest: () => void): Promise<void> {
    const settings = given ?? resolveSettings(this.options, environmentAlone());
    this.settings = settings;
    const { queues } = settings;
    await this.checks.requireSafeStore();
    if (this.stopping) return;
    this.checks.checkEveryProcess();
    const self = this.viewForCompanions(queues, onStopRequest);
    this.companions.start('opening queues', self);
    const work = await this.store.work(queues, (attempt) => this.executor.execute(attempt), this.id);
    this.work = work;
    const leftOut = [...this.options.queues.keys()].filter((name) => !self.queues.includes(name));
    this.events.emit({ type: 'worker-started', queues, others: work.others, leftOut });
    // A signal may have arrived while the queues were being opened.
    if (this.current !== 'starting') work.quiet();
    else {
      this.current = 'running';
      this.companions.start('fetching', self);
    }
    this.companions.start('queues open', self);
  }

  private async end(): Promise<StopReport> {
    this.current = 'stopping';
    const budget = stopBudget(this.settings?.shutdownTimeout ?? this.options.shutdownTimeout);
    const report = this.work ? await this.ending.run(this.work, budget) : { handedBack: 0, left: 0 };
    await this.companions.stop('queues closed');
    this.current = 'stopped';
    return report;
  }

  private viewForCompanions(queues: readonly QueuePlan[], onStopRequest: () => void): CompanionWorker {
    return {
      id: this.id,
      queues: queues.map(({ name }) => name),
      jobs: () => this.jobs(),
      describe: () => this.describe(queues),
      onCommand: (command) => this.onCommand(command, onStopRequest),
    };
  }

  private onCommand(command: FleetCommand, onStopRequest: () => void): void {
    this.events.emit({ type: 'worker-command', command });
    if (command === 'quiet') this.quiet();
    else onStopRequest();
  }

  private describe(queues: readonly QueuePlan[]): Omit<Beat, 'roundTrip' | 'catalog'> {
    return {
      id: this.id,
      host: hostname(),
      pid: process.pid,
      ...(this.options.app === undefined ? {} : { app: this.options.app }),
      ...(this.options.given.has('app') ? { appSet: true } : {}),
      ...(this.build === undefined ? {} : { build: this.build }),
      version,
      startedAt: this.startedAt,
      state: this.current,
      queues,
      ...(this.work && this.work.others.length > 0 ? { others: this.work.others } : {}),
      jobs: this.registry.names(),
      concurrency: queues.reduce((sum, { concurrency }) => sum + concurrency, 0),
      busy: this.work?.running ?? 0,
      running: this.jobs(),
      rss: process.memoryUsage.rss(),
      loopDelay: this.companions.takeLoopDelay(),
    };
  }
}
