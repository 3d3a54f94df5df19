import type { AbortReason, Attempt, AttemptPort } from '../../jobs/store/attempt.js';
import type { Envelope } from '../../jobs/store/envelope.js';
import type { JobNotes } from '../../jobs/job/notes.js';
import type { KeptMail, MailRecorder } from './mail-recorder.js';
import type { EnqueuedJob, PerformedJob, SoFar } from './recorded.js';

/** Records the log lines, progress, notes, jobs and mails of one attempt. */
export class Recording {
  private readonly logs: string[] = [];
  private readonly progress: (number | object)[] = [];
  private readonly enqueued: EnqueuedJob[] = [];
  private readonly sent: KeptMail[] = [];
  private notes: JobNotes;
  private onBegun: () => void = () => undefined;
  private onRecorded: () => void = () => undefined;

  constructor(
    private readonly attempt: Attempt,
    private readonly mails: MailRecorder,
  ) {
    this.notes = (attempt.job.data as Partial<Envelope> | undefined)?.notes ?? {};
    attempt.port = this.recorded(attempt.port);
  }

  addJob(job: EnqueuedJob): void {
    this.enqueued.push(job);
    this.onRecorded();
  }

  addMail(mail: KeptMail): void {
    this.sent.push(mail);
    this.onRecorded();
  }

  /** Aborts the attempt's signal when the test's condition is true. Without a condition, it aborts when `perform` begins. */
  abortWhen(reason: AbortReason, when?: (soFar: SoFar) => boolean): void {
    const { attempt } = this;
    const abort = (): void => attempt.abort(reason, 'the test said so');
    if (when) this.onRecorded = () => when(this.soFar()) && abort();
    else this.onBegun = abort;
  }

  end(outcome: PerformedJob['outcome']): PerformedJob {
    const { id, name, queue, attempt, data } = this.attempt.job;
    return {
      id,
      name,
      queue,
      attempt,
      payload: (data as Partial<Envelope> | undefined)?.payload,
      outcome,
      result: outcome.kind === 'completed' ? outcome.result : undefined,
      error: 'error' in outcome ? outcome.error : 'reason' in outcome ? outcome.reason : undefined,
      retryIn:
        outcome.kind === 'failed' ? outcome.retryIn : outcome.kind === 'snoozed' ? outcome.delay : undefined,
      ...this.soFar(),
    };
  }

  private soFar(): SoFar {
    const { logs, progress, enqueued, notes } = this;
    return {
      logs: [...logs],
      progress: [...progress],
      enqueued: [...enqueued],
      notes,
      mails: this.mails.sent(this.sent),
    };
  }

  /** A port that records what the job writes and passes it on to the store's port. */
  private recorded(port: AttemptPort): AttemptPort {
    return {
      now: () => port.now(),
      random: port.random ?? Math.random,
      ...(port.pauses && { pauses: port.pauses }),
      waitForResume: async (schedule) => (await port.waitForResume?.(schedule)) ?? true,
      wasUnserved: async (time) => (await port.wasUnserved?.(time)) ?? false,
      begin: async () => {
        await port.begin?.();
        this.onBegun();
      },
      log: async (line) => {
        await port.log(line);
        this.logs.push(line);
        this.onRecorded();
      },
      progress: async (value) => {
        await port.progress(value);
        this.progress.push(value);
        this.onRecorded();
      },
      keepNotes: async (notes, attempt) => {
        await port.keepNotes(notes, attempt);
        this.notes = notes;
        this.onRecorded();
      },
    };
  }
}
