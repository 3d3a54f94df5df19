import type { Type } from '@nestjs/common';
import type { JobNotes } from '../../jobs/job/notes.js';
import type { Outcome } from '../../jobs/store/outcome.js';
import type { PayloadOf, Performable, ResultOf } from '../../jobs/job/job.js';
import type { OutgoingMail } from '../../mailers/index.js';

/** An enqueued job that has not run or waits for another attempt. */
export interface EnqueuedJob<Payload = unknown> {
  readonly id: string;
  /** The name in `@Job()`, or the name of its class. */
  readonly name: string;
  readonly queue: string;
  /** The payload that `perform` will get, after JSON. */
  readonly payload: Payload;
  readonly state: 'waiting' | 'scheduled' | 'retrying';
  /** When the job is due. */
  readonly at: Date;
  /** The time until the job is due by the kit's clock, in milliseconds. 0 if it is due. */
  readonly delay: number;
  readonly priority: number | undefined;
  /** The number of attempts that have ended. */
  readonly attempt: number;
  /** The maximum number of attempts. Infinity with `retryFor`. */
  readonly attempts: number;
  /** True if the job is unique. No other job with its key can be enqueued until its lock ends. */
  readonly unique: boolean;
  /** The metadata that enqueue middleware added. */
  readonly meta: Readonly<Record<string, string>>;
  /** The name of the schedule that enqueued it. */
  readonly schedule: string | undefined;
}

/** A mail whose delivery is enqueued and has not run. */
export interface EnqueuedMail<Payload = unknown> extends Omit<EnqueuedJob, 'payload'> {
  /** The name in `@Mailer()`, or the name of the mailer's class. */
  readonly mailer: string;
  readonly action: string;
  readonly payload: Payload;
}

/** A mail that a transport would send. */
export interface SentMail extends OutgoingMail {
  readonly mailer: string;
  readonly action: string;
  /** The addresses of all recipients (`to`, `cc` and `bcc`), in lower case. */
  readonly recipients: readonly string[];
  /** The URLs of the links in its HTML and text, each once. */
  readonly links: readonly string[];
}

/** One attempt at a job, and everything that it did. */
export interface PerformedJob<J extends Performable = Performable> {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  readonly payload: PayloadOf<J>;
  /** The number of the attempt. The first is 1. */
  readonly attempt: number;
  /** The outcome of the attempt. It is `crashed` if the test simulated a crash of the worker. */
  readonly outcome: Outcome | { readonly kind: 'crashed' };
  /** The return value of `perform`. */
  readonly result: ResultOf<J> | undefined;
  /** The error or reason with which the attempt failed, or was killed, discarded or snoozed. */
  readonly error: Error | undefined;
  /** The time until the job runs again after a failure or a snooze, in milliseconds. Undefined if it does not run again. */
  readonly retryIn: number | undefined;
  /** The lines of `context.log()`. */
  readonly logs: readonly string[];
  /** The values of `context.progress()`. */
  readonly progress: readonly (number | object)[];
  /** The notes of `context.note()`. */
  readonly notes: JobNotes;
  /** The jobs that it enqueued, in order. They include the deliveries of mails. */
  readonly enqueued: readonly EnqueuedJob[];
  /** The mails that it sent. */
  readonly mails: readonly SentMail[];
}

/** The records of an attempt so far. */
export type SoFar = Pick<PerformedJob, 'logs' | 'progress' | 'notes' | 'enqueued' | 'mails'>;

/** The records of the kit, which matchers and assertions check. */
export interface Recorded {
  /** Returns the enqueued jobs that have not run, in the order of their enqueues. Without a class it includes deliveries of mails. */
  enqueued(): EnqueuedJob[];
  enqueued<J extends Performable>(job: Type<J>): EnqueuedJob<PayloadOf<J>>[];
  /** Returns the attempts that have run, in order. */
  performed(): PerformedJob[];
  performed<J extends Performable>(job: Type<J>): PerformedJob<J>[];
  /** Returns the mails whose delivery is enqueued and has not run. */
  enqueuedMails(): EnqueuedMail[];
  /** Returns the sent mails, oldest first. */
  sentMails(): SentMail[];
  /**
   * Returns the names under which jobs of a class may be stored.
   * @throws FledgeError `FLEDGE_JOB_NOT_REGISTERED`
   */
  namesOf(job: Type<Performable>): readonly string[];
  /** Returns the time of the kit's clock. */
  now(): Date;
}
