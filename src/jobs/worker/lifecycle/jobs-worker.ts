import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Attempt, RunningJob } from '../../store/attempt.js';
import { BootChecks } from '../../observe/boot-checks.js';
import { JobEvents } from '../../events/events.js';
import { Executor } from '../../perform/executor.js';
import type { Beat, FleetCommand, WorkerState } from '../../store/fleet.js';
import { Latch } from './latch.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../../config/resolved-options.js';
import type { QueuePlan } from '../../store/queue-plan.js';
import { JobRegistry } from '../../discovery/registry.js';
import { Scheduler } from '../../schedules/scheduler.js';
import { Store, type SilentQueue, type StopReason, type StoreWorker } from '../../store/store.js';
import { version } from './version.js';
import { within } from '../../values/deadline.js';
import { Heartbeat } from '../../fleet/heartbeat.js';
import { SignalWatch } from './ignored-signals.js';
import { Trimmer } from './trimmer.js';
import { LoopDelay } from './loop-delay.js';
import { environmentAlone, resolveSettings, type WorkerSettings } from '../settings/settings.js';
import { stopBudget, type StopBudget } from './stop-budget.js';

/** How a stop went. */
export interface StopReport {
  /** Jobs that went back to their queues, no attempt spent. */
  readonly handedBack: number;
  /** Jobs that could not be handed back in time, the store being out of reach: their locks run out within 20 s. */
  readonly left: number;
}

/** So little time do queues and connections get from somebody in a hurry, in milliseconds. */
const hurriedClose = 200;

/**
 * Runs jobs in this process. `runWorker` starts and stops it; a web process has one too and never starts it. The order
 * of a stop: quiet → wait → abort signals → grace → hand back → close queues. Every step has a deadline.
 */
@Injectable()
export class JobsWorker {
  /** Among all worker processes: `host:pid:nonce`. */
  readonly id = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`;
  private readonly startedAt = Date.now();
  private readonly loopDelay = new LoopDelay();
  private current: WorkerState = 'starting';
  private settings?: WorkerSettings;
  private work?: StoreWorker;
  private starting?: Promise<void>;
  private stopping?: Promise<StopReport>;
  private stopReason: StopReason = 'shutdown';
  private readonly noWait = new Latch();
  private readonly noGrace = new Latch();
  /** What "stop" from afar means: `runWorker` makes it the end of the process. */
  onStopRequest: () => void = () => void this.stop();

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly checks: BootChecks,
    private readonly executor: Executor,
    private readonly store: Store,
    private readonly events: JobEvents,
    private readonly registry: JobRegistry,
    private readonly heartbeat: Heartbeat,
    private readonly signals: SignalWatch,
    private readonly scheduler: Scheduler,
    private readonly trimmer: Trimmer,
  ) {}

  get state(): WorkerState {
    return this.current;
  }

  /** What runs now. */
  jobs(): RunningJob[] {
    return this.work?.jobs() ?? [];
  }

  /** The queues that it serves. */
  plans(): readonly QueuePlan[] {
    return this.settings?.queues ?? [];
  }

  /** Queues whose processors should fetch and do not. */
  silent(): SilentQueue[] {
    return this.work?.silent() ?? [];
  }

  /** Queues that the store refuses to serve. */
  refused(): string[] {
    return this.work?.refused() ?? [];
  }

  /**
   * Checks the store, waiting for it if it is down, and begins to fetch jobs. Call it once the application is up.
   *
   * @param settings as `runWorker` reads them from everywhere; by default from JobsModule and the environment alone
   * @throws FledgeError `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_SETTING_INVALID`, `FLEDGE_EVICTION_POLICY`,
   * `FLEDGE_REDIS_VERSION`
   */
  start(settings?: WorkerSettings): Promise<void> {
    return (this.starting ??= this.begin(settings));
  }

  /** Takes no more jobs; those that run go on. Cannot be undone. */
  quiet(): void {
    if (this.current === 'quiet' || this.stopping) return;
    this.current = 'quiet';
    this.work?.quiet();
    void this.scheduler.stop();
    this.events.emit({ type: 'worker-quiet' });
    void this.heartbeat.beat();
  }

  /** Stops within `shutdownTimeout`, less the second that is the application's own. Safe to call more than once. */
  stop(): Promise<StopReport> {
    return (this.stopping ??= this.end());
  }

  /** Stops, also when a stop is under way, and waits for no job any more. */
  leave(): Promise<StopReport> {
    this.noWait.open();
    this.noGrace.open();
    return this.stop();
  }

  /**
   * Stops because of an uncaught exception: running jobs are asked to end at once, and are noted to have crashed; once it
   * is known whose code threw it, that job alone.
   */
  crash(culprit?: Attempt): Promise<StopReport> {
    if (culprit) culprit.abort('crash');
    else this.stopReason = 'crash';
    this.noWait.open();
    return this.stop();
  }

  private async begin(given?: WorkerSettings): Promise<void> {
    const settings = given ?? resolveSettings(this.options, environmentAlone());
    this.settings = settings;
    const { queues } = settings;
    await this.checks.requireSafeStore();
    if (this.stopping) return;
    this.loopDelay.start();
    const work = await this.store.work(queues, (attempt) => this.executor.execute(attempt), this.id);
    this.work = work;
    const leftOut = [...this.options.queues.keys()].filter(
      (name) => !queues.some((queue) => queue.name === name),
    );
    this.events.emit({ type: 'worker-started', queues, leftOut });
    // What was asked for while the queues were being opened.
    if (this.current !== 'starting') work.quiet();
    else {
      this.current = 'running';
      const names = queues.map(({ name }) => name);
      this.scheduler.start(this.id, names);
      this.trimmer.start(names);
    }
    this.signals.start(() => work.jobs());
    this.heartbeat.start({
      id: this.id,
      describe: () => this.describe(),
      obey: (command) => this.obey(command),
    });
  }

  private async end(): Promise<StopReport> {
    this.current = 'stopping';
    const report = this.work ? await this.endWork(this.work) : { handedBack: 0, left: 0 };
    this.signals.stop();
    this.trimmer.stop();
    this.loopDelay.stop();
    this.current = 'stopped';
    return report;
  }

  private async endWork(work: StoreWorker): Promise<StopReport> {
    const startedAt = Date.now();
    const budget = stopBudget(this.settings?.shutdownTimeout ?? this.options.shutdownTimeout);
    this.events.emit({ type: 'worker-stopping', running: work.running });
    work.quiet();
    const unscheduled = this.scheduler.stop();
    void this.heartbeat.beat();
    await this.finishOrHandBack(work, budget);
    const close = this.noGrace.isOpen ? Math.min(hurriedClose, budget.close) : budget.close;
    await within(close, Promise.all([this.heartbeat.stop(), unscheduled, work.close(close)]));
    const report = { handedBack: work.handedBack, left: work.running + work.left };
    const running = work.jobs();
    this.events.emit({ type: 'worker-stopped', duration: Date.now() - startedAt, ...report, running });
    return report;
  }

  private async finishOrHandBack(work: StoreWorker, budget: StopBudget): Promise<void> {
    await within(budget.wait, Promise.race([work.idle(), this.noWait.opened]));
    if (work.running === 0) return;
    work.interrupt(this.stopReason);
    await within(budget.grace, Promise.race([work.idle(), this.noGrace.opened]));
    work.abandon(this.stopReason);
    await within(budget.handBack, work.idle());
  }

  private obey(command: FleetCommand): void {
    this.events.emit({ type: 'worker-command', command });
    if (command === 'quiet') this.quiet();
    else this.onStopRequest();
  }

  private describe(): Omit<Beat, 'roundTrip'> {
    const queues = this.settings?.queues ?? [];
    return {
      id: this.id,
      host: hostname(),
      pid: process.pid,
      version,
      startedAt: this.startedAt,
      state: this.current,
      queues,
      jobs: this.registry.names(),
      concurrency: queues.reduce((sum, { concurrency }) => sum + concurrency, 0),
      busy: this.work?.running ?? 0,
      running: this.jobs(),
      rss: process.memoryUsage.rss(),
      loopDelay: this.loopDelay.take(),
    };
  }
}
