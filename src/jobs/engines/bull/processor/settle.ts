import { DelayedError, RateLimitError, UnrecoverableError, WaitingError, type Job } from 'bullmq';
import type { EnvelopeNotes } from '../../../store/envelope.js';
import { asError } from '../../../values/errors.js';
import type { Outcome } from '../../../store/outcome.js';
import { unlockWhenDone } from '../unique/unique-release.js';
import { describeStoredError, storeableError } from '../../../values/stored-error.js';

/** The one signal that BullMQ knows by its message. */
const rateLimitMessage = new RateLimitError().message;

/** As patient with a store that refuses as the caller allows. */
type Patiently = (move: () => Promise<unknown>) => Promise<unknown>;

/** BullMQ lets go of a job that could not be moved: it runs again, no attempt spent, when its lock has run out. */
export class JobLeft extends WaitingError {
  constructor(override readonly cause: Error) {
    super();
  }
}

/** Tells BullMQ what an outcome means: the only place that speaks its dialect. */
export async function settle(
  outcome: Outcome,
  job: Job,
  token: string,
  patiently: Patiently,
): Promise<unknown> {
  // What becomes of most jobs comes first, and makes nothing that only the others need.
  if (outcome.kind === 'completed') {
    if (job.deduplicationId !== undefined) await unlockWhenDone(job);
    return storable(outcome.result);
  }
  const writeNote = async (): Promise<void> => {
    const note = noteOf(outcome);
    // Without it the job does no harm: what it is for matters more than the store's refusal of a note.
    if (note) await job.updateData({ ...(job.data as object), ...note }).catch(() => undefined);
  };
  /** Whatever goes wrong on the way is no failure of the job's. */
  const move = async (there: () => Promise<unknown>): Promise<void> => {
    try {
      await patiently(async () => {
        await writeNote();
        await there();
      });
    } catch (thrown) {
      throw new JobLeft(asError(thrown));
    }
  };
  const die = async ({ error }: { error: Error }): Promise<never> => {
    await writeNote();
    if (job.deduplicationId !== undefined) await unlockWhenDone(job);
    throw unrecoverable(error);
  };
  /** BullMQ knows no other way to end a job without a trace than a failure that is not kept. */
  const forget = async (why: Error): Promise<never> => {
    if (job.deduplicationId !== undefined) await unlockWhenDone(job);
    job.opts.removeOnFail = true;
    throw unrecoverable(why);
  };
  switch (outcome.kind) {
    case 'failed':
      if (outcome.retryIn === undefined) return die(outcome);
      await writeNote();
      // Whether and when is ours, decided once: BullMQ's own "fixed" hands the delay through.
      job.opts.backoff = { type: 'fixed', delay: outcome.retryIn };
      job.opts.attempts = Infinity;
      throw plain(outcome.error);
    case 'killed':
      return die(outcome);
    case 'discarded':
      return forget(outcome.error);
    case 'expired':
    case 'cancelled':
      return forget(outcome.reason);
    case 'snoozed':
      await move(() => job.moveToDelayed(Date.now() + outcome.delay, token));
      throw new DelayedError();
    case 'interrupted':
      await move(() => job.moveToWait(token));
      throw new WaitingError();
    case 'lost':
      // Makes BullMQ let go without touching the job.
      throw new WaitingError();
  }
}

/** What the job's next attempt should know. */
function noteOf(outcome: Outcome): EnvelopeNotes | undefined {
  const note = 'note' in outcome ? outcome.note : undefined;
  const delay =
    outcome.kind === 'failed' ? outcome.retryIn : outcome.kind === 'snoozed' ? outcome.delay : undefined;
  return delay === undefined ? note : { ...note, dueAt: Date.now() + delay };
}

/** A result that is no JSON must not turn a finished job into a failed one. */
function storable(result: unknown): unknown {
  if (result === undefined) return undefined;
  try {
    JSON.stringify(result);
    return result;
  } catch {
    return undefined;
  }
}

/** What BullMQ keeps of an error. It has no name of its own: BullMQ would take some for signals. */
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
