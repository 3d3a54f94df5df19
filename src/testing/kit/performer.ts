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
  /** Production's own. */
  readonly executor: Executor;
  /** The same in a worker that knows no class. */
  readonly olderExecutor: Executor;
  readonly handlers: FailureHandlers;
  readonly trouble: Trouble;
  readonly mails: MailRecorder;
}

/** Runs attempts through production's executor, with the trouble that a test has asked for, and records what they do. */
export class Performer {
  performed: PerformedJob[] = [];
  private readonly current = new AsyncLocalStorage<Recording>();

  constructor(private readonly parts: PerformerParts) {}

  /** What runs now, where this is called from it. */
  get recording(): Recording | undefined {
    return this.current.getStore();
  }

  async execute(attempt: Attempt): Promise<Outcome> {
    const { executor, olderExecutor, handlers, trouble, mails } = this.parts;
    const planned = trouble.take(attempt);
    const recording = new Recording(attempt, mails);
    if (planned?.kind === 'abort') recording.abortWhen(planned.reason, planned.when);
    const able = planned?.kind === 'unknown' ? olderExecutor : executor;
    const endNotice = noticeLongRun(attempt);
    const outcome = await this.current.run(recording, () => able.execute(attempt));
    // Handlers are subscribers that nobody waits for; a test wants to see what they did.
    await handlers.idle();
    endNotice();
    const hasCrashed = planned?.kind === 'crash';
    this.performed.push(recording.end(hasCrashed ? { kind: 'crashed' } : outcome));
    return hasCrashed ? crashOf(attempt) : outcome;
  }
}

/** Back in its queue with one crash more than before, as when its worker was killed. */
function crashOf({ job: { data } }: Attempt): Outcome {
  const { crashesForgiven = 0 } = data as Envelope;
  return { kind: 'interrupted', note: { crashesForgiven: crashesForgiven - 1 } };
}
