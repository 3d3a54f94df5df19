import { FledgeError } from '../values/errors.js';
import type { JobNotes } from '../job/notes.js';

/**
 * Why a running job was asked to end: the worker stops, the worker ends because of an uncaught exception, another worker
 * may have taken the job over, its `timeout` is over, or somebody cancelled it.
 */
export const abortReasons = ['shutdown', 'crash', 'lease', 'timeout', 'cancel'] as const;

export type AbortReason = (typeof abortReasons)[number];

const explanations: Record<AbortReason, string> = {
  shutdown: 'the worker is stopping; the job goes back to its queue and no attempt is spent',
  crash:
    'the worker process ends because of an uncaught exception; the job goes back to its queue and no attempt is spent',
  lease:
    'this worker lost its lock on the job (frozen, cut off or blocked for too long); another may be running it',
  timeout: 'the attempt took longer than the job’s timeout; it counts as a failure',
  cancel: 'the job was cancelled; it is not tried again',
};

const codes = { timeout: 'FLEDGE_JOB_TIMEOUT', cancel: 'FLEDGE_JOB_CANCELLED' } as const;

/** What a job's `signal` aborts with, and so what `signal.throwIfAborted()` throws. */
export class JobAborted extends FledgeError {
  /**
   * @param detail what there is to say about it: the limit, or whoever cancelled it
   * @param cause what `perform` threw because of it
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

export interface AttemptFields {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  /** The envelope as it came from the store: not trusted yet. */
  readonly data: unknown;
  /** 1 for the first. */
  readonly attempt: number;
  readonly attempts: number;
  /** How often a process died, or froze longer than its lock, with this job in hand. */
  readonly crashes: number;
  /** When the job was due to run; milliseconds since 1970. */
  readonly dueAt: number;
  /** When its first attempt was due; milliseconds since 1970. */
  readonly firstDueAt: number;
  /** When it was enqueued; milliseconds since 1970. */
  readonly enqueuedAt: number;
  /** When it was retried by hand; milliseconds since 1970. */
  readonly anewAt?: number | undefined;
  /** Called when the job's body is about to begin. */
  begin?(): Promise<unknown>;
  /** Run by `JobsService.perform`: no store has it. */
  readonly inline?: true;
  /** How often it was begun, this time included, also where no attempt was spent. */
  readonly starts: number;
  /**
   * Whether nobody worked its queue at that time (milliseconds since 1970).
   * @default never: in memory, jobs and worker live and die together
   */
  wasUnattended?(time: number): Promise<boolean>;
  /** The store's time; milliseconds since 1970. */
  now(): number;
  /** What jitter is made of: 0 to 1. @default Math.random */
  readonly random?: () => number;
  log(line: string): Promise<unknown>;
  /** Keeps all of a job's notes with it, in place of what was kept. */
  keepNotes(notes: JobNotes, attempt: Attempt): Promise<unknown>;
  progress(value: number | object): Promise<unknown>;
}

/** Where an attempt is: in middleware before or after its body, in `perform`, or being settled with the store. */
export const attemptPhases = ['middleware', 'performing', 'settling'] as const;

export type AttemptPhase = (typeof attemptPhases)[number];

/** A running job, for people. */
export interface RunningJob {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly phase: AttemptPhase;
  /** Set once its signal has aborted: it is asked to end. */
  readonly aborted?: AbortReason;
  /** When that was; milliseconds since 1970. */
  readonly abortedAt?: number;
}

/** One run of one job, as the store hands it to the executor. */
export class Attempt {
  private controller?: AbortController;
  private aborted?: JobAborted;
  /** By this machine's clock; milliseconds since 1970. */
  readonly startedAt = Date.now();
  /** When the worker last knew that the job was its own; milliseconds since 1970. */
  leasedAt = this.startedAt;
  phase: AttemptPhase = 'middleware';
  /** When its signal aborted; milliseconds since 1970. */
  abortedAt?: number;
  /** Called when the worker waits no longer for `perform`: a body that ignores its signal is left behind. */
  onAbandon?: () => void;

  constructor(readonly fields: AttemptFields) {}

  get abortReason(): AbortReason | undefined {
    return this.aborted?.reason;
  }

  /** The error with which its signal was aborted. */
  get abortError(): JobAborted | undefined {
    return this.aborted;
  }

  describe(): RunningJob {
    const { id, name, queue, attempt } = this.fields;
    const job = { id, name, queue, attempt, since: this.startedAt, phase: this.phase };
    if (!this.aborted) return job;
    return { ...job, aborted: this.aborted.reason, abortedAt: this.abortedAt! };
  }

  /** Made when first asked for: most jobs never look at it. */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.aborted) this.controller.abort(this.aborted);
    }
    return this.controller.signal;
  }

  /** The first reason stands: a job that is lost is not handed back by a later shutdown. */
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
