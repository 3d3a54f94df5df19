import { AsyncLocalStorage } from 'node:async_hooks';
import type { Attempt } from '../../jobs/store/attempt.js';
import type { Envelope } from '../../jobs/store/envelope.js';
import type { Executor } from '../../jobs/perform/executor.js';
import type { FailureHandlers } from '../../jobs/perform/failure-handlers.js';
import type { Outcome } from '../../jobs/store/outcome.js';
import { noticeLongRun } from './long-run-notice.js';
import type { MailRecorder } from '../records/mail-recorder.js';
import type { PerformedJob } from '../records/recorded.js';
import { Recording } from '../records/recording.js';
import type { Trouble } from './trouble.js';

export interface PerformerParts {
  /** The executor of production. */
  readonly executor: Executor;
  /** An executor that knows no job class, as in a worker of an older release. */
  readonly olderExecutor: Executor;
  readonly handlers: FailureHandlers;
  readonly trouble: Trouble;
  readonly mails: MailRecorder;
}

/** Runs attempts through the executor of production, with the failures that a test simulates, and records them. */
export class Performer {
  performed: PerformedJob[] = [];
  private readonly current = new AsyncLocalStorage<Recording>();

  constructor(private readonly parts: PerformerParts) {}

  /** The recording of the attempt that calls this, if any. */
  get recording(): Recording | undefined {
    return this.current.getStore();
  }

  async execute(attempt: Attempt): Promise<Outcome> {
    const { outcome } = await this.perform(attempt);
    return outcome;
  }

  /** Returns the record of the attempt, and the outcome for the store. */
  async perform(attempt: Attempt): Promise<{ performed: PerformedJob; outcome: Outcome }> {
    const { executor, olderExecutor, handlers, trouble, mails } = this.parts;
    const planned = trouble.take(attempt);
    const recording = new Recording(attempt, mails);
    if (planned?.kind === 'abort') recording.abortWhen(planned.reason, planned.when);
    const chosen = planned?.kind === 'unknown' ? olderExecutor : executor;
    const endNotice = noticeLongRun(attempt);
    const outcome = await this.current.run(recording, () => chosen.execute(attempt));
    // The executor does not wait for failure handlers. A test checks what they did.
    await handlers.idle();
    endNotice();
    const hasCrashed = planned?.kind === 'crash';
    const performed = recording.end(hasCrashed ? { kind: 'crashed' } : outcome);
    this.performed.push(performed);
    return { performed, outcome: hasCrashed ? crashOf(attempt) : outcome };
  }
}

/** Puts the job back in its queue and counts a crash, as after its worker was killed. */
function crashOf({ job: { data } }: Attempt): Outcome {
  const { crashesForgiven = 0 } = data as Envelope;
  return { kind: 'interrupted', note: { crashesForgiven: crashesForgiven - 1 } };
}
