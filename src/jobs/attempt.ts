import { FledgeError } from './errors.js';

/**
 * Why a running job was asked to end: the worker stops, the worker ends because of an uncaught exception, or another
 * worker may have taken the job over.
 */
export type AbortReason = 'shutdown' | 'crash' | 'lease';

const explanations: Record<AbortReason, string> = {
  shutdown: 'the worker is stopping; the job goes back to its queue and no attempt is spent',
  crash:
    'the worker process ends because of an uncaught exception; the job goes back to its queue and no attempt is spent',
  lease:
    'this worker lost its lock on the job (frozen, cut off or blocked for too long); another may be running it',
};

/** What a job's `signal` aborts with, and so what `signal.throwIfAborted()` throws. */
export class JobAborted extends FledgeError {
  constructor(readonly reason: AbortReason) {
    super('FLEDGE_JOB_ABORTED', `Aborted: ${explanations[reason]}.`);
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
  log(line: string): Promise<unknown>;
  progress(value: number | object): Promise<unknown>;
}

/** Where an attempt is: in middleware before or after its body, in `perform`, or being settled with the store. */
export type AttemptPhase = 'middleware' | 'performing' | 'settling';

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
}

/** One run of one job, as the store hands it to the executor. */
export class Attempt {
  private controller?: AbortController;
  private reason?: AbortReason;
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
    return this.reason;
  }

  describe(): RunningJob {
    const { id, name, queue, attempt } = this.fields;
    const job = { id, name, queue, attempt, since: this.startedAt, phase: this.phase };
    return this.reason === undefined ? job : { ...job, aborted: this.reason };
  }

  /** Made when first asked for: most jobs never look at it. */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.reason) this.controller.abort(new JobAborted(this.reason));
    }
    return this.controller.signal;
  }

  /** The first reason stands: a job that is lost is not handed back by a later shutdown. */
  abort(reason: AbortReason): void {
    if (this.reason) return;
    this.reason = reason;
    this.abortedAt = Date.now();
    this.controller?.abort(new JobAborted(reason));
  }

  abandon(reason: AbortReason): void {
    this.abort(reason);
    this.onAbandon?.();
  }
}
