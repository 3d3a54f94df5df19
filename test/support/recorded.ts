import type { Type } from '@nestjs/common';
import type { EnqueuedJob, EnqueuedMail, PerformedJob, Recorded, SentMail } from 'nestjs-fledge/testing';

export const now = new Date('2026-05-01T12:00:00Z');

/** A hand-made record of the testing kit, for the tests of matchers. */
export function recorded({
  enqueued = [],
  performed = [],
  mails = [],
  sent = [],
}: {
  readonly enqueued?: EnqueuedJob[];
  readonly performed?: PerformedJob[];
  readonly mails?: EnqueuedMail[];
  readonly sent?: SentMail[];
}): Recorded {
  const of = <T extends { readonly name: string }>(all: T[], job?: Type): T[] =>
    all.filter(({ name }) => job === undefined || name === job.name);
  return {
    enqueued: (job?: Type) => of(enqueued, job) as never,
    performed: (job?: Type) => of(performed, job) as never,
    enqueuedMails: () => mails,
    sentMails: () => sent,
    namesOf: (job) => [job.name],
    now: () => now,
  };
}

export function enqueuedJob(fields: Partial<EnqueuedJob> & { readonly name: string }): EnqueuedJob {
  const { delay = 0 } = fields;
  return {
    id: 'id',
    queue: 'default',
    payload: undefined,
    state: delay > 0 ? 'scheduled' : 'waiting',
    at: new Date(now.getTime() + delay),
    delay,
    priority: undefined,
    attempt: 0,
    attempts: 25,
    unique: false,
    meta: {},
    schedule: undefined,
    ...fields,
  };
}

export function enqueuedMail(fields: Partial<EnqueuedMail>): EnqueuedMail {
  const job = enqueuedJob({ name: 'DeliverMail', queue: 'mailers', delay: fields.delay ?? 0 });
  return { ...job, mailer: 'UserMailer', action: 'welcome', ...fields };
}

export function performedJob(fields: Partial<PerformedJob> & { readonly name: string }): PerformedJob {
  return {
    id: 'id',
    queue: 'default',
    payload: undefined,
    attempt: 1,
    outcome: { kind: 'completed', result: undefined },
    result: undefined,
    error: undefined,
    retryIn: undefined,
    logs: [],
    progress: [],
    notes: {},
    enqueued: [],
    mails: [],
    ...fields,
  };
}

export function sentMail(fields: Partial<SentMail>): SentMail {
  const mail: SentMail = {
    messageId: '<id@acme.test>',
    mailer: 'UserMailer',
    action: 'welcome',
    from: { name: 'Acme', address: 'hello@acme.test' },
    to: [{ name: 'Ada', address: 'Ada@example.test' }],
    cc: [],
    bcc: [],
    recipients: [],
    replyTo: undefined,
    subject: 'Welcome, Ada',
    text: 'Hello Ada, confirm: https://acme.test/confirm/1',
    html: undefined,
    headers: {},
    attachments: [],
    links: ['https://acme.test/confirm/1'],
    locale: undefined,
    ...fields,
  };
  const everybody = [...mail.to, ...mail.cc, ...mail.bcc].map(({ address }) => address.toLowerCase());
  return { ...mail, recipients: everybody };
}
