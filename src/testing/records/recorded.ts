import type { Type } from '@nestjs/common';
import type { JobNotes } from '../../jobs/job/notes.js';
import type { Outcome } from '../../jobs/store/outcome.js';
import type { PayloadOf, Performable, ResultOf } from '../../jobs/job/job.js';
import type { OutgoingMail } from '../../mailers/index.js';

/** A job that was enqueued and has not run, or waits for another attempt. */
export interface EnqueuedJob<Payload = unknown> {
  readonly id: string;
  /** As `@Job()` names it, or its class. */
  readonly name: string;
  readonly queue: string;
  /** As `perform` will get it: it has been through JSON. */
  readonly payload: Payload;
  readonly state: 'waiting' | 'scheduled' | 'retrying';
  /** When it is due. */
  readonly at: Date;
  /** Milliseconds until then by the kit's clock; 0 when it is due. */
  readonly delay: number;
  readonly priority: number | undefined;
  /** How many attempts it has had. */
  readonly attempt: number;
  /** How many it may have; Infinity with `retryFor`. */
  readonly attempts: number;
  /** Whether no other job like it may be enqueued meanwhile. */
  readonly unique: boolean;
  /** What enqueue middleware put beside the payload. */
  readonly meta: Readonly<Record<string, string>>;
  /** The schedule that made it. */
  readonly schedule: string | undefined;
}

/** A mail whose delivery was enqueued and has not run. */
export interface EnqueuedMail<Payload = unknown> extends Omit<EnqueuedJob, 'payload'> {
  /** The mailer's name: its class, unless `@Mailer()` says otherwise. */
  readonly mailer: string;
  readonly action: string;
  readonly payload: Payload;
}

/** A mail that a transport would have sent. */
export interface SentMail extends OutgoingMail {
  readonly mailer: string;
  readonly action: string;
  /** Everybody who gets it, in lower case: `to`, `cc` and `bcc`. */
  readonly recipients: readonly string[];
  /** The addresses of its links, from html and text, each once. */
  readonly links: readonly string[];
}

/** One attempt at a job, and all that it did. */
export interface PerformedJob<J extends Performable = Performable> {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  readonly payload: PayloadOf<J>;
  /** 1 for the first. */
  readonly attempt: number;
  /** What became of it; `crashed` when the kit let the worker die before it could say so. */
  readonly outcome: Outcome | { readonly kind: 'crashed' };
  /** What `perform` returned. */
  readonly result: ResultOf<J> | undefined;
  /** What it failed with, was killed, discarded or snoozed for. */
  readonly error: Error | undefined;
  /** Milliseconds until it runs again, after a failure or a snooze; undefined when it does not. */
  readonly retryIn: number | undefined;
  /** The lines of `context.log`. */
  readonly logs: readonly string[];
  /** What it told `context.progress`. */
  readonly progress: readonly (number | object)[];
  /** What `context.note` has kept. */
  readonly notes: JobNotes;
  /** The jobs that it enqueued, in this order, deliveries of mails among them. */
  readonly enqueued: readonly EnqueuedJob[];
  /** The mails that it sent. */
  readonly mails: readonly SentMail[];
}

/** What an attempt has told so far. */
export type SoFar = Pick<PerformedJob, 'logs' | 'progress' | 'notes' | 'enqueued' | 'mails'>;

/** What the kit has recorded: all that matchers and assertions look at. */
export interface Recorded {
  /** Jobs that were enqueued and have not run, in the order of their enqueues; without a class: all, deliveries of mails too. */
  enqueued(): EnqueuedJob[];
  enqueued<J extends Performable>(job: Type<J>): EnqueuedJob<PayloadOf<J>>[];
  /** Attempts that have run, in their order. */
  performed(): PerformedJob[];
  performed<J extends Performable>(job: Type<J>): PerformedJob<J>[];
  /** Deliveries that were enqueued and have not run. */
  enqueuedMails(): EnqueuedMail[];
  sentMails(): SentMail[];
  /** The names under which jobs of a class may be stored. @throws FledgeError `FLEDGE_JOB_NOT_REGISTERED` */
  namesOf(job: Type<Performable>): readonly string[];
  /** By the kit's clock. */
  now(): Date;
}
