import type { Type } from '@nestjs/common';
import type { JobRegistry } from '../../jobs/discovery/registry.js';
import type { PayloadOf, Performable } from '../../jobs/job/job.js';
import { FledgeError } from '../../jobs/values/errors.js';
import { deliveryOf } from '../records/delivery.js';
import type { MailRecorder } from '../records/mail-recorder.js';
import type { EnqueuedJob, EnqueuedMail, PerformedJob, Recorded, SentMail } from '../records/recorded.js';
import type { HeldClock } from './held-clock.js';
import type { Performer } from './performer.js';
import { enqueuedJob, type TestStore } from './test-store.js';

export interface KitRecordsParts {
  readonly store: TestStore;
  readonly clock: HeldClock;
  readonly registry: JobRegistry;
  readonly performer: Performer;
  readonly mails: MailRecorder;
}

/** The records of a test: its enqueued jobs, finished attempts and mails. */
export class KitRecords implements Recorded {
  constructor(private readonly sources: KitRecordsParts) {}

  /** Returns the time of the kit's clock, which stands still until `advance` or `travelTo` moves it. */
  now(): Date {
    return new Date(this.sources.clock.now());
  }

  namesOf(job: Type<Performable>): readonly string[] {
    return this.sources.registry.namesOf(job);
  }

  /**
   * Returns the jobs that have not run or wait for another attempt, in the order of their enqueues. The next run of a
   * schedule is included once it is due.
   *
   * @throws FledgeError `FLEDGE_JOB_NOT_REGISTERED`
   */
  enqueued(): EnqueuedJob[];
  enqueued<J extends Performable>(job: Type<J>): EnqueuedJob<PayloadOf<J>>[];
  enqueued(job?: Type<Performable>): EnqueuedJob[] {
    const { store } = this.sources;
    const names = job && this.namesOf(job);
    return store
      .pending()
      .filter((pending) => names?.includes(pending.job.name) ?? true)
      .filter((pending) => pending.place === 'waiting' || !store.isNextTick(pending))
      .toSorted((a, b) => store.compareEnqueues(a, b))
      .map(enqueuedJob);
  }

  /**
   * Returns the attempts that have run, in the order in which they ended.
   * @throws FledgeError `FLEDGE_JOB_NOT_REGISTERED`
   */
  performed(): PerformedJob[];
  performed<J extends Performable>(job: Type<J>): PerformedJob<J>[];
  performed(job?: Type<Performable>): PerformedJob[] {
    const names = job && this.namesOf(job);
    return this.sources.performer.performed.filter(({ name }) => names?.includes(name) ?? true);
  }

  /** Returns the mails whose delivery is enqueued and has not run. */
  enqueuedMails(): EnqueuedMail[] {
    return this.enqueued().flatMap((job) => {
      const mail = deliveryOf(job);
      return mail ? [{ ...job, mailer: mail.mailer, action: mail.action, payload: mail.payload }] : [];
    });
  }

  /** Returns the sent mails, oldest first. No mail leaves the process, whichever transports the application has. */
  sentMails(): SentMail[] {
    return this.sources.mails.sent();
  }

  /**
   * Returns the newest sent mail.
   * @throws FledgeError `FLEDGE_TEST_NO_MAIL` if no mail was sent
   */
  lastMail(): SentMail {
    const last = this.sentMails().at(-1);
    if (last) return last;
    const waiting = this.enqueuedMails().map(({ mailer, action }) => `${mailer}.${action}`);
    throw new FledgeError(
      'FLEDGE_TEST_NO_MAIL',
      waiting.length > 0
        ? `No mail was sent yet. Waiting for delivery: ${waiting.join(', ')}. Deliver with await jobs.drain().`
        : 'No mail was sent, and none is waiting for delivery.',
    );
  }
}
