import { humanDuration } from '../../jobs/values/duration.js';
import { humanDelay, isDue } from './aspects.js';
import { deliveryOf } from '../records/delivery.js';
import type { EnqueuedJob, EnqueuedMail, PerformedJob, SentMail } from '../records/recorded.js';
import { show } from './show.js';

/**
 * Returns `ImportCsvJob { importId: 'a' } in queue "imports", due in 10 min`. A delivery is described by its mail:
 * `UserMailer.welcome { userId: 'u1' } in queue "mailers", due now`.
 */
export function describeEnqueued(job: EnqueuedJob): string {
  return `${subject(job)} in queue "${job.queue}", ${due(job)}`;
}

/** Returns `UserMailer.welcome { userId: 'u1' }, due now`. */
export function describeEnqueuedMail({ mailer, action, payload, ...job }: EnqueuedMail): string {
  return `${withPayload(`${mailer}.${action}`, payload)}, ${due(job)}`;
}

/** Returns `ImportCsvJob { importId: 'a' }, attempt 1: failed with 'boom', runs again in 15 s`. */
export function describePerformed(job: PerformedJob): string {
  const again = job.retryIn === undefined ? '' : `, runs again in ${humanDuration(job.retryIn)}`;
  return `${subject(job)}, ${describeAttempt(job)}${again}`;
}

/** Returns `attempt 1: failed with 'boom'`. */
export function describeAttempt({ attempt, outcome, error }: PerformedJob): string {
  return `attempt ${attempt}: ${outcome.kind}${error === undefined ? '' : ` with ${show(error.message)}`}`;
}

/** Returns `'Your receipt' to ada@acme.test (ShopMailer.receipt)`. */
export function describeSent({ subject: title, recipients, mailer, action }: SentMail): string {
  return `${show(title)} to ${recipients.join(', ')} (${mailer}.${action})`;
}

function subject(job: Pick<EnqueuedJob, 'name' | 'payload'>): string {
  const mail = deliveryOf(job);
  return mail
    ? withPayload(`${mail.mailer}.${mail.action}`, mail.payload)
    : withPayload(job.name, job.payload);
}

function withPayload(name: string, payload: unknown): string {
  return payload === undefined ? name : `${name} ${show(payload)}`;
}

function due({ state, delay, attempt }: Pick<EnqueuedJob, 'state' | 'delay' | 'attempt'>): string {
  const time = isDue(delay) ? 'due now' : `due in ${humanDelay(delay)}`;
  return state === 'retrying' ? `attempt ${attempt + 1} ${time}` : time;
}
