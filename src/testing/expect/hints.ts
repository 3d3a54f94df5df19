import type { Type } from '@nestjs/common';
import type { Performable } from '../../jobs/job/job.js';
import { deliveryJobName } from '../../mailers/internals.js';
import type { EnqueuedOptions } from './expectations.js';
import { matches } from './matching.js';
import type { EnqueuedJob, PerformedJob, Recorded } from '../records/recorded.js';
import { show } from './show.js';

const receipt = 'The receipt says whether it was: middleware may have vetoed it, or there was one like it';

/** Why a job may not be enqueued. */
export function enqueuedHints(
  jobs: Recorded,
  job: Type<Performable>,
  { payload, queue }: EnqueuedOptions & { readonly payload?: unknown },
): string[] {
  const isIt = (one: { readonly payload: unknown }): boolean =>
    payload === undefined || matches(one.payload, payload);
  const waiting = jobs.enqueued(job).filter(isIt);
  const ran = jobs.performed(job).filter(isIt);
  const elsewhere = waiting.find((one) => queue !== undefined && one.queue !== queue);
  const hints = [];
  if (ran.length > 0)
    hints.push(`it has run (${outcome(ran.at(-1)!)}), and jobs that have are asked for as performed.`);
  if (elsewhere)
    hints.push(`it is in the queue "${elsewhere.queue}", by its @Job() or by the enqueue's options.`);
  if (jobs.enqueued(job).length + jobs.performed(job).length === 0)
    hints.push(`was the enqueue awaited? ${receipt}.`);
  return hints;
}

/** Why a job may not have run. */
export function performedHints(jobs: Recorded, job: Type<Performable>): string[] {
  const waiting = jobs.enqueued(job);
  if (waiting.length > 0) return [waits(waiting, String(waiting.length))];
  if (jobs.performed(job).length > 0) return [];
  return [`it is not enqueued either; was the enqueue awaited? ${receipt}.`];
}

/** Why a mail may not have been delivered. */
export function deliveredHints(jobs: Recorded): string[] {
  const waiting = jobs.enqueuedMails();
  const failed = jobs.performed().filter(isUndelivered);
  const hints = failed.map((one) => `${mailOf(one)} was tried and not sent (${outcome(one)}).`);
  if (waiting.length > 0) {
    const names = new Set(waiting.map(({ mailer, action }) => `${mailer}.${action}`));
    hints.push(waits(waiting, [...names].join(', ')));
  }
  if (hints.length > 0 || jobs.sentMails().length > 0) return hints;
  return [`no mail is enqueued either; was deliverLater() or deliverNow() awaited? ${receipt}.`];
}

/** Why a mail may not be enqueued. */
export function mailEnqueuedHints(jobs: Recorded, mailer: string, action: string): string[] {
  const isIt = (one: { readonly mailer: string; readonly action: string }): boolean =>
    one.mailer === mailer && one.action === action;
  if (jobs.enqueuedMails().some(isIt)) return [];
  const sent = jobs.sentMails().findLast(isIt);
  if (!sent) return [`was deliverLater() awaited? ${receipt}.`];
  return [`it was sent to ${sent.recipients.join(', ')}, and mails that were are asked for as delivered.`];
}

type Due = Pick<EnqueuedJob, 'delay'>;

/** What a test has to do, so that they run. */
function waits(jobs: readonly Due[], which: string): string {
  const wait = Math.min(...jobs.map(({ delay }) => delay));
  if (wait === 0) return `enqueued and not run yet (${which}): await jobs.drain().`;
  return `enqueued for later (${which}): await jobs.advance('${duration(wait)}').`;
}

/** As short as a test would write it, and never too little. */
function duration(ms: number): string {
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'm'],
  ] as const;
  const [size, unit] = units.find(([size]) => ms % size === 0) ?? [1_000, 's'];
  return `${Math.ceil(ms / size)}${unit}`;
}

function outcome({ attempt, outcome: { kind }, error }: PerformedJob): string {
  return `attempt ${attempt}: ${kind}${error === undefined ? '' : ` with ${show(error.message)}`}`;
}

interface Delivery {
  readonly mailer: string;
  readonly action: string;
}

function isUndelivered({ name, outcome: { kind } }: PerformedJob): boolean {
  return name === deliveryJobName && kind !== 'completed';
}

function mailOf({ payload }: PerformedJob): string {
  const { mailer, action } = payload as Delivery;
  return `${mailer}.${action}`;
}
