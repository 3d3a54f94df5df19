import { FledgeError } from '../values/errors.js';
import type { JobNotes } from '../job/notes.js';
import type { PauseLookup } from './pauses.js';
import { titleOf } from '../job/subjects.js';

/**
 * Why the signal of a running job was aborted. `shutdown`: the worker stops. `crash`: the worker ends because of an uncaught
 * exception. `lease`: another worker may have taken over the job. `timeout`: the attempt took too long. `cancel`: the job was cancelled.
 */
export const abortReasons = ['shutdown', 'crash', 'lease', 'timeout', 'cancel'] as const;

export type AbortReason = (typeof abortReasons)[number];

const explanations: Record<AbortReason, string> = {
  shutdown: 'the worker is stopping, so the job goes back to its queue and no attempt is spent',
  crash:
    'the worker process ends because of an uncaught exception, so the job goes back to its queue and no attempt is spent',
  lease:
    'this worker was frozen, blocked or cut off for too long and lost its lock on the job, so another worker may be running it',
  timeout: 'the attempt took longer than the job’s timeout, so it counts as a failure',
  cancel: 'the job was cancelled and is not retried',
};

const codes = { timeout: 'FLEDGE_JOB_TIMEOUT', cancel: 'FLEDGE_JOB_CANCELLED' } as const;

/** The error with which a job's `signal` is aborted. `signal.throwIfAborted()` throws it. */
export class JobAborted extends FledgeError {
  /**
   * @param detail the limit, or the reason of the cancellation
   * @param cause what `perform` threw after the abort
   */
  constructor(
    readonly reason: AbortReason,
    private readonly detail?: string,
    cause?: unknown,
  ) {
    const code = reason === 'timeout' || reason === 'cancel' ? codes[reason] : 'FLEDGE_JOB_ABORTED';
    super(code, `Aborted: ${explanations[reason]}${detail ? ` (${detail})` : ''}.`, { cause });
  }

  /** The same error, with what `perform` threw after the abort as its cause. */
  withCause(thrown: Error): JobAborted {
    return new JobAborted(this.reason, this.detail, thrown);
  }
}

/** The data of a job, as an attempt finds it in the store. */
export interface JobSnapshot {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  /** The envelope as it came from the store. It has not been checked yet. */
  readonly data: unknown;
  /** 1 for the first. */
  readonly attempt: number;
  readonly attempts: number;
  /** How often a worker process died or froze while it ran this job. */
  readonly crashes: number;
  /** When the job was due to run, in milliseconds since 1970. */
  readonly dueAt: number;
  /** When its first attempt was due, in milliseconds since 1970. */
  readonly firstDueAt: number;
  /** When it was enqueued, in milliseconds since 1970. */
  readonly enqueuedAt: number;
  /** When an operator retried it, in milliseconds since 1970. */
  readonly anewAt?: number | undefined;
  /** BullMQ's job scheduler that made the job. */
  readonly scheduler?: string | undefined;
  /** Set for a job that `JobsService.perform` runs. It is in no store. */
  readonly inline?: true;
  /** How often it was started, including this time and starts that spent no attempt. */
  readonly starts: number;
}

/** What an attempt asks of the store and writes to it. */
export interface AttemptPort {
  /** Called when the job's body is about to begin. */
  begin?(): Promise<unknown>;
  /**
   * Returns whether the queue had no worker at that time, in milliseconds since 1970.
   * @default never, because in memory the jobs end with their worker
   */
  wasUnserved?(time: number): Promise<boolean>;
  /**
   * Claims the only run of a schedule for this job. Returns false if another job of the schedule is running.
   * @default always true
   */
  claimRun?(schedule: string): Promise<boolean>;
  /**
   * Lets a run of a schedule wait until its class is resumed. Returns false if another run of the schedule waits for that.
   * @default always true
   */
  waitForResume?(schedule: string): Promise<boolean>;
  /** The pauses that this process knows. @default none */
  pauses?: PauseLookup;
  /** The store's time, in milliseconds since 1970. */
  now(): number;
  /** The random source of jitter, from 0 to 1. @default Math.random */
  readonly random?: () => number;
  log(line: string): Promise<unknown>;
  /** Replaces the notes that are stored with the job. */
  keepNotes(notes: JobNotes, attempt: Attempt): Promise<unknown>;
  progress(value: number | object): Promise<unknown>;
}

/** Where an attempt is: in middleware before or after its body, in `perform`, or being settled with the store. */
export const attemptPhases = ['middleware', 'performing', 'settling'] as const;

export type AttemptPhase = (typeof attemptPhases)[number];

/** A running job, as shown to people. */
export interface RunningJob {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  /** The mailer and action of a job that delivers a mail, such as `UserMailer.welcome`. */
  readonly subject?: string;
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly phase: AttemptPhase;
  /** Set once its signal has been aborted. */
  readonly aborted?: AbortReason;
  /** When its signal was aborted, in milliseconds since 1970. */
  readonly abortedAt?: number;
}

/** One run of one job. The store passes it to the executor. */
export class Attempt {
  private controller?: AbortController;
  private aborted?: JobAborted;
  /** When the attempt began by this machine's clock, in milliseconds since 1970. */
  readonly startedAt = Date.now();
  /** When the worker last renewed its lock on the job, in milliseconds since 1970. */
  leasedAt = this.startedAt;
  phase: AttemptPhase = 'middleware';
  /** The mailer and action of a job that delivers a mail. Set when the attempt is admitted. */
  subject?: string;
  /** When its signal was aborted, in milliseconds since 1970. */
  abortedAt?: number;
  /** What the store keeps of the result, as JSON. Without it, the store keeps no result. */
  resultJson?: string | undefined;
  /** Called when the worker stops waiting for a `perform` that ignores its signal. */
  onAbandon?: () => void;

  /** @param port the testing kit wraps it, to record what the job writes */
  constructor(
    readonly job: JobSnapshot,
    public port: AttemptPort,
  ) {}

  get abortReason(): AbortReason | undefined {
    return this.aborted?.reason;
  }

  /** The error with which its signal was aborted. */
  get abortError(): JobAborted | undefined {
    return this.aborted;
  }

  /** The name under which messages show its job. */
  get title(): string {
    return titleOf({ name: this.job.name, subject: this.subject });
  }

  describe(): RunningJob {
    const { id, name, queue, attempt } = this.job;
    const { aborted, abortedAt, subject } = this;
    const job = {
      id,
      name,
      queue,
      attempt,
      since: this.startedAt,
      phase: this.phase,
      ...(subject !== undefined && { subject }),
    };
    return aborted && abortedAt !== undefined ? { ...job, aborted: aborted.reason, abortedAt } : job;
  }

  /** Created on first use, because most jobs never read it. */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.aborted) this.controller.abort(this.aborted);
    }
    return this.controller.signal;
  }

  /** The first reason counts. A later shutdown must not hand back a job that is lost. */
  abort(reason: AbortReason, detail?: string): void {
    if (this.aborted) return;
    this.aborted = new JobAborted(reason, detail);
    this.abortedAt = Date.now();
    this.controller?.abort(this.aborted);
  }

  abandon(reason: AbortReason): void {
    this.abort(reason);
    this.onAbandon?.();
  }
}
