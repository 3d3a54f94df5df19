import type { AbortReason, Attempt } from '../../jobs/store/attempt.js';
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
  private onTold: () => void = () => undefined;

  constructor(
    private readonly attempt: Attempt,
    private readonly mails: MailRecorder,
  ) {
    this.notes = (attempt.fields.data as Partial<Envelope> | undefined)?.notes ?? {};
    this.listen();
  }

  addJob(job: EnqueuedJob): void {
    this.enqueued.push(job);
    this.onTold();
  }

  addMail(mail: KeptMail): void {
    this.sent.push(mail);
    this.onTold();
  }

  /** Aborts the attempt's signal when the test's condition is true. Without a condition, it aborts when `perform` begins. */
  abortWhen(reason: AbortReason, when?: (soFar: SoFar) => boolean): void {
    const { attempt } = this;
    if (when) {
      this.onTold = () => when(this.soFar()) && attempt.abort(reason, 'the test said so');
      return;
    }
    const begin = attempt.fields.begin?.bind(attempt.fields);
    Object.assign(attempt.fields, {
      begin: async () => {
        await begin?.();
        attempt.abort(reason, 'the test said so');
      },
    });
  }

  end(outcome: PerformedJob['outcome']): PerformedJob {
    const { id, name, queue, attempt, data } = this.attempt.fields;
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

  /** Between the attempt and the store: what the job tells arrives there too. */
  private listen(): void {
    const { fields } = this.attempt;
    const log = fields.log.bind(fields);
    const progress = fields.progress.bind(fields);
    const keepNotes = fields.keepNotes.bind(fields);
    Object.assign(fields, {
      log: async (line: string) => {
        await log(line);
        this.logs.push(line);
        this.onTold();
      },
      progress: async (value: number | object) => {
        await progress(value);
        this.progress.push(value);
        this.onTold();
      },
      keepNotes: async (notes: JobNotes, attempt: Attempt) => {
        await keepNotes(notes, attempt);
        this.notes = notes;
        this.onTold();
      },
    });
  }
}
