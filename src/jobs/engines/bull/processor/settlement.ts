import { DelayedError, RateLimitError, UnrecoverableError, WaitingError, type Job } from 'bullmq';
import type { Attempt } from '../../../store/attempt.js';
import type { EnvelopeNotes } from '../../../store/envelope.js';
import { asError } from '../../../values/errors.js';
import type { Outcome } from '../../../store/outcome.js';
import type { AppliedPause } from '../../../store/pauses.js';
import { unlockWhenDone } from '../unique/unique-release.js';
import { describeStoredError, storeableError } from '../../../values/stored-error.js';

/** BullMQ recognises this one signal by its message. */
const rateLimitMessage = new RateLimitError().message;

type Of<Kind extends Outcome['kind']> = Extract<Outcome, { readonly kind: Kind }>;

/** Moves jobs between the lists of a queue. */
export interface JobMover {
  /** Repeats the move while the store refuses it, for as long as the job's lock lives. */
  move(attempt: Attempt, job: Job, token: string, move: () => Promise<unknown>): Promise<void>;
  /** Remembers the job of an attempt as cancelled. Never throws. */
  rememberCancelled(attempt: Attempt): Promise<void>;
  /**
   * Notes that a pause puts off a job. The caller moves the job.
   * @returns the time until which it is put off, in milliseconds since 1970. Undefined if the pause has ended
   */
  putOff(job: Job, pause: AppliedPause): Promise<number | undefined>;
}

/** Makes BullMQ let go of a job that could not be moved. The job runs again when its lock has expired, and no attempt is spent. */
export class JobLeft extends WaitingError {
  constructor(override readonly cause: Error) {
    super();
  }
}

/**
 * Translates the outcome of one attempt into what BullMQ does with its job. Nothing else speaks BullMQ's dialect.
 * BullMQ takes a returned value for success, and learns everything else from the error that is thrown.
 */
export class Settlement {
  constructor(
    private readonly job: Job,
    private readonly token: string,
    private readonly attempt: Attempt,
    private readonly mover: JobMover,
  ) {}

  /** The table of outcomes in docs/internals.md. */
  settle(outcome: Outcome): Promise<unknown> {
    switch (outcome.kind) {
      case 'completed':
        return this.complete(outcome.result);
      case 'failed':
        return outcome.retryIn === undefined ? this.die(outcome) : this.retry(outcome, outcome.retryIn);
      case 'killed':
        return this.die(outcome);
      case 'discarded':
        return this.forget(outcome.error);
      case 'expired':
        return this.forget(outcome.reason);
      case 'cancelled':
        return this.cancel(outcome.reason);
      case 'snoozed':
        return outcome.paused ? this.putOff(outcome.paused) : this.snooze(outcome);
      case 'interrupted':
        return this.handBack(outcome);
      case 'lost':
        return this.letGo();
    }
  }

  /** The way of most jobs, so it makes no promise for a lock that the job does not have. */
  private async complete(result: unknown): Promise<unknown> {
    if (this.job.deduplicationId !== undefined) await unlockWhenDone(this.job);
    // BullMQ stores what it gets as JSON. A result that is not JSON must not turn a finished job into a failed one.
    return this.attempt.resultJson === undefined ? undefined : result;
  }

  /** Fledge has decided whether and when. BullMQ's own "fixed" backoff takes the delay as it is. */
  private async retry(outcome: Of<'failed'>, delay: number): Promise<never> {
    await this.note({ ...outcome.note, dueAt: Date.now() + delay });
    this.job.opts.backoff = { type: 'fixed', delay };
    this.job.opts.attempts = Infinity;
    throw plain(outcome.error);
  }

  private async die({ error, note }: Of<'failed' | 'killed'>): Promise<never> {
    await this.note(note);
    await this.unlock();
    throw unrecoverable(error);
  }

  /** To end a job without a trace, BullMQ needs a failure that it does not keep. */
  private async forget(why: Error): Promise<never> {
    await this.unlock();
    this.job.opts.removeOnFail = true;
    throw unrecoverable(why);
  }

  /** The record comes first, because BullMQ deletes the job when it gets the error. */
  private async cancel(why: Error): Promise<never> {
    await this.mover.rememberCancelled(this.attempt);
    return this.forget(why);
  }

  private async snooze({ delay, note }: Of<'snoozed'>): Promise<never> {
    await this.move(async () => {
      await this.note({ ...note, dueAt: Date.now() + delay });
      await this.job.moveToDelayed(Date.now() + delay, this.token);
    });
    throw new DelayedError();
  }

  /** A paused job keeps the time when it was due. It runs at once if the pause has ended in the meantime. */
  private async putOff(pause: AppliedPause): Promise<never> {
    let till: number | undefined;
    await this.move(async () => {
      till = await this.mover.putOff(this.job, pause);
      if (till === undefined) await this.job.moveToWait(this.token);
      else await this.job.moveToDelayed(till, this.token);
    });
    throw till === undefined ? new WaitingError() : new DelayedError();
  }

  private async handBack({ note }: Of<'interrupted'>): Promise<never> {
    await this.move(async () => {
      await this.note(note);
      await this.job.moveToWait(this.token);
    });
    throw new WaitingError();
  }

  /** Writes nothing: another worker may be running the job. */
  private async letGo(): Promise<never> {
    throw new WaitingError();
  }

  /** A move that fails is not a failure of the job. */
  private async move(there: () => Promise<void>): Promise<void> {
    try {
      await this.mover.move(this.attempt, this.job, this.token, there);
    } catch (thrown) {
      throw new JobLeft(asError(thrown));
    }
  }

  /** Stores what the job's next attempt must know. The outcome counts even if the store refuses the note. */
  private async note(note: EnvelopeNotes | undefined): Promise<void> {
    if (!note) return;
    await this.job.updateData({ ...this.job.data, ...note }).catch(() => undefined);
  }

  private async unlock(): Promise<void> {
    if (this.job.deduplicationId !== undefined) await unlockWhenDone(this.job);
  }
}

/** The error as BullMQ stores it. It is a plain error, because BullMQ takes some names for signals. */
function plain(error: Error): Error {
  return bounded(new Error(), error);
}

function unrecoverable(error: Error): Error {
  return bounded(new UnrecoverableError(), error);
}

function bounded(carrier: Error, error: Error): Error {
  const stored = storeableError(error);
  const isSignal = stored.message === rateLimitMessage;
  carrier.message = isSignal ? 'RateLimitError was thrown' : stored.message;
  carrier.stack = describeStoredError(stored);
  return carrier;
}
