import type { Type } from '@nestjs/common';
import type { Performable } from '../../jobs/job/job.js';
import { day, hour, minute } from '../../jobs/values/duration.js';
import { describeAttempt } from './describe.js';
import type { EnqueuedOptions } from './expectations.js';
import { matches } from './matching.js';
import { deliveryOf } from '../records/delivery.js';
import type { EnqueuedJob, Recorded } from '../records/recorded.js';

const receipt =
  "look at the status of its receipt. It is 'vetoed' if middleware stopped the job, and 'duplicate' if the same job was enqueued before";

/** Returns possible reasons why a job is not enqueued. */
export function enqueuedHints(
  jobs: Recorded,
  job: Type<Performable>,
  { payload, queue }: EnqueuedOptions & { readonly payload?: unknown },
): string[] {
  const isExpected = (one: { readonly payload: unknown }): boolean =>
    payload === undefined || matches(one.payload, payload);
  const waiting = jobs.enqueued(job).filter(isExpected);
  const last = jobs.performed(job).filter(isExpected).at(-1);
  const elsewhere = waiting.find((one) => queue !== undefined && one.queue !== queue);
  const hints = [];
  if (last)
    hints.push(
      `it has already run (${describeAttempt(last)}). Use toHavePerformed or assertPerformed for jobs that have run.`,
    );
  if (elsewhere)
    hints.push(
      `it is in the queue "${elsewhere.queue}", which its @Job() or the options of the enqueue set.`,
    );
  if (jobs.enqueued(job).length + jobs.performed(job).length === 0)
    hints.push(`await the enqueue, and ${receipt}.`);
  return hints;
}

/** Returns possible reasons why a job has not run. */
export function performedHints(jobs: Recorded, job: Type<Performable>): string[] {
  const waiting = jobs.enqueued(job);
  if (waiting.length > 0)
    return [howToRun(waiting, waiting.length === 1 ? '1 job' : `${waiting.length} jobs`)];
  if (jobs.performed(job).length > 0) return [];
  return [`it is not enqueued either. Await the enqueue, and ${receipt}.`];
}

/** Returns possible reasons why a mail was not delivered. */
export function deliveredHints(jobs: Recorded): string[] {
  const waiting = jobs.enqueuedMails();
  const hints = jobs.performed().flatMap((attempt) => {
    const mail = deliveryOf(attempt);
    if (!mail || attempt.outcome.kind === 'completed') return [];
    return [
      `the delivery of ${mail.mailer}.${mail.action} ran and sent no mail (${describeAttempt(attempt)}).`,
    ];
  });
  if (waiting.length > 0) {
    const names = new Set(waiting.map(({ mailer, action }) => `${mailer}.${action}`));
    hints.push(howToRun(waiting, [...names].join(', ')));
  }
  if (hints.length > 0 || jobs.sentMails().length > 0) return hints;
  return [`no mail is enqueued either. Await deliverLater() or deliverNow(), and ${receipt}.`];
}

/** Returns possible reasons why a mail is not enqueued. */
export function mailEnqueuedHints(jobs: Recorded, mailer: string, action: string): string[] {
  const isExpected = (one: { readonly mailer: string; readonly action: string }): boolean =>
    one.mailer === mailer && one.action === action;
  if (jobs.enqueuedMails().some(isExpected)) return [];
  const sent = jobs.sentMails().findLast(isExpected);
  if (!sent) return [`await deliverLater(), and ${receipt}.`];
  return [
    `it was already sent to ${sent.recipients.join(', ')}. Use toHaveDelivered or assertDelivered for sent mails.`,
  ];
}

/** Returns the call that makes these jobs run. */
function howToRun(jobs: readonly Pick<EnqueuedJob, 'delay'>[], which: string): string {
  const wait = Math.min(...jobs.map(({ delay }) => delay));
  if (wait === 0) return `enqueued, but not run yet: ${which}. Call await jobs.drain().`;
  return `enqueued for later: ${which}. Call await jobs.advance('${duration(wait)}').`;
}

const units = [
  [day, 'd'],
  [hour, 'h'],
  [minute, 'm'],
] as const;

/** Returns the shortest form of a duration, rounded up to a second. */
function duration(ms: number): string {
  const [size, unit] = units.find(([size]) => ms % size === 0) ?? [1_000, 's'];
  return `${Math.ceil(ms / size)}${unit}`;
}
