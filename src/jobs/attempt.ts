import { FledgeError } from './errors.js';

/** Why a running job was asked to end: the worker stops, or another worker may have taken the job over. */
export type AbortReason = 'shutdown' | 'lease';

const explanations: Record<AbortReason, string> = {
  shutdown: 'the worker is stopping; the job goes back to its queue and no attempt is spent',
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
  log(line: string): Promise<unknown>;
  progress(value: number | object): Promise<unknown>;
}

/** One run of one job, as the store hands it to the executor. */
export class Attempt {
  private controller?: AbortController;
  private reason?: AbortReason;
  /** When the worker last knew that the job was its own; milliseconds since 1970. */
  leasedAt = Date.now();
  /** Called when the worker waits no longer for `perform`: a body that ignores its signal is left behind. */
  onAbandon?: () => void;

  constructor(readonly fields: AttemptFields) {}

  get abortReason(): AbortReason | undefined {
    return this.reason;
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
    this.controller?.abort(new JobAborted(reason));
  }

  abandon(reason: AbortReason): void {
    this.abort(reason);
    this.onAbandon?.();
  }
}
