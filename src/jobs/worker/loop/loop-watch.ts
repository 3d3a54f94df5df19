import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { JobEvent, JobEvents } from '../../events/events.js';
import { titleOf } from '../../job/subjects.js';
import { BlockLimiter } from './block-limiter.js';
import { runningJobs, type BlockedJob } from '../../observe/words/blocked-loop-words.js';
import { LoopClock } from './loop-clock.js';
import type { Finding, WatchdogData } from './loop-watchdog.js';

export interface LoopWatchOptions {
  readonly events: JobEvents;
  /** Returns the jobs of this process. Called only when the loop was blocked. */
  readonly running: () => readonly BlockedJob[];
  /** How long a job's lock lasts, in milliseconds. A third of it into a block, the watchdog itself warns on stderr. */
  readonly lockDuration: number;
  /**
   * Reports blocks of at least this length, in milliseconds.
   * @default 1000
   */
  readonly threshold?: number;
  /**
   * The format of the watchdog's line on stderr. Nest's ConsoleLogger has the same formats, without and with `json: true`.
   * @default 'text'
   */
  readonly format?: 'text' | 'json';
}

/**
 * Reports which job blocks the event loop. A watchdog thread checks the beats of the main thread. When they stop, it uses
 * the debugger to find the code that is running, and warns before the jobs' locks expire. The event follows once the loop
 * turns again. Jobs don't become slower. If a bundler left the thread's file out, the event names all jobs that were running.
 */
export class LoopWatch {
  private readonly clock = new LoopClock();
  private readonly limiter = new BlockLimiter();
  private readonly threshold: number;
  private readonly every: number;
  private timer?: NodeJS.Timeout;
  private thread?: Worker;
  private findings?: MessagePort;
  private beatAt = 0;
  private awake = 0;
  private ended?: BlockedJob[];
  private unfollow?: () => void;

  /** A beat makes the watchdog disconnect its debugger. Node does not exit while it is connected. */
  private readonly onExit = (): void => this.clock.beat();

  constructor(private readonly options: LoopWatchOptions) {
    this.threshold = options.threshold ?? 1_000;
    this.every = Math.max(10, Math.round(this.threshold / 10));
  }

  start(): void {
    if (this.timer) return;
    Reflect.set(globalThis, runningJobs, () => JSON.stringify(this.running()));
    this.startThread();
    process.on('exit', this.onExit);
    this.beatAt = performance.now();
    this.timer = setInterval(() => this.beat(), this.every).unref();
  }

  async stop(): Promise<void> {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = undefined;
    // Reports a block that has only just ended.
    this.beat();
    this.followJobs(false);
    process.off('exit', this.onExit);
    Reflect.deleteProperty(globalThis, runningJobs);
    await this.thread?.terminate();
  }

  private beat(): void {
    const now = performance.now();
    const blockedFor = this.blockedFor(now - this.beatAt);
    const { beats } = this.clock;
    this.beatAt = now;
    this.awake = this.clock.awake;
    this.clock.debugged = isDebugged();
    this.clock.beat();
    if (blockedFor >= this.threshold) this.report(beats, blockedFor);
    this.followJobs(!this.thread || this.clock.debugged);
    for (const block of this.limiter.due(now)) this.options.events.emit({ type: 'loop-blocked', ...block });
  }

  /** Excludes the time in which the watchdog was not awake either, because the whole process was stopped. */
  private blockedFor(gap: number): number {
    if (!this.thread || this.awake === 0) return gap;
    return Math.min(gap, this.clock.awake - this.awake + this.every);
  }

  private report(beat: number, duration: number): void {
    const finding = this.findingOf(beat);
    const block = {
      duration: Math.round(duration),
      jobs: finding ? finding.jobs : this.candidates(),
      where: finding?.where,
      count: 1,
      lockDuration: this.options.lockDuration,
    };
    const due = this.limiter.admit(block, performance.now());
    if (due) this.options.events.emit({ type: 'loop-blocked', ...due });
  }

  /** Reads the port instead of listening, because the finding is there before the loop turns. */
  private findingOf(beat: number): Finding | undefined {
    let found: Finding | undefined;
    while (this.findings) {
      const received = receiveMessageOnPort(this.findings);
      if (!received) break;
      const finding: Finding = received.message;
      if (finding.beat === beat) found = finding;
    }
    return found;
  }

  /**
   * Collects the jobs that end until the next beat, when the watchdog cannot find the blocking job. That job has usually
   * ended by the time the loop turns, and only jobs that did not block it would be named.
   */
  private followJobs(follow: boolean): void {
    this.ended = follow ? [] : undefined;
    if (follow === (this.unfollow !== undefined)) return;
    this.unfollow?.();
    this.unfollow = follow ? this.options.events.subscribe((event) => this.note(event)) : undefined;
  }

  private note(event: JobEvent): void {
    if (event.type === 'finished') this.ended?.push({ id: event.id, name: titleOf(event) });
  }

  /** Returns all jobs that may have blocked the loop, or undefined if the watchdog should have found the job but did not. */
  private candidates(): BlockedJob[] | undefined {
    const { ended } = this;
    if (!ended) return undefined;
    // A job that waits for its acknowledgement is in both lists.
    return [...ended, ...this.running().filter(({ id }) => !ended.some((job) => job.id === id))];
  }

  private running(): BlockedJob[] {
    return this.options.running().map((job) => ({ id: job.id, name: titleOf(job) }));
  }

  private startThread(): void {
    const { lockDuration, format = 'text' } = this.options;
    const { port1, port2 } = new MessageChannel();
    const { every, threshold } = this;
    const data: WatchdogData = {
      memory: this.clock.memory,
      findings: port2,
      every,
      threshold,
      lockDuration,
      format,
    };
    try {
      const thread = new Worker(new URL('./loop-watchdog.js', import.meta.url), {
        name: 'fledge-loop-watchdog',
        workerData: data,
        transferList: [port2],
        // Without the application's tracers and loaders: the thread doesn't need them, and they cost memory.
        execArgv: [],
        env: {},
      });
      thread.unref();
      this.thread = thread;
      this.findings = port1;
      // Without the thread the watch continues.
      thread.on('error', () => this.loseThread(thread));
      thread.on('exit', () => this.loseThread(thread));
    } catch {
      // Threads are not allowed here, or a bundler left the file out.
    }
  }

  private loseThread(thread: Worker): void {
    if (this.thread !== thread) return;
    this.thread = undefined;
    // A block may begin before the next beat.
    if (this.timer) this.followJobs(true);
  }
}

function isDebugged(): boolean {
  try {
    return process.getBuiltinModule('node:inspector').url() !== undefined;
  } catch {
    // Node can be built without the inspector.
    return false;
  }
}
