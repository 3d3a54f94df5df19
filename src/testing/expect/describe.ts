import { humanDuration } from '../../jobs/values/duration.js';
import { deliveryJobName } from '../../mailers/internals.js';
import { humanDelay } from './aspects.js';
import type { EnqueuedJob, EnqueuedMail, PerformedJob, SentMail } from '../records/recorded.js';
import { show } from './show.js';

/** `ImportCsvJob { importId: 'a' } in "imports", in 10 min`; a delivery by its mail, `UserMailer.welcome { userId: 'u1' } in "mailers", due`. */
export function describeEnqueued({ name, payload, ...job }: EnqueuedJob): string {
  return `${called(name, payload)} in "${job.queue}", ${due(job)}`;
}

/** `UserMailer.welcome { userId: 'u1' }, due`. */
export function describeEnqueuedMail({ mailer, action, payload, ...job }: EnqueuedMail): string {
  return `${called(`${mailer}.${action}`, payload)}, ${due(job)}`;
}

/** `ImportCsvJob { importId: 'a' }, attempt 1: failed with "boom", again in 15 s`. */
export function describePerformed({ name, payload, attempt, ...job }: PerformedJob): string {
  const error = job.error === undefined ? '' : ` with ${show(job.error.message)}`;
  const again = job.retryIn === undefined ? '' : `, again in ${humanDuration(job.retryIn)}`;
  return `${called(name, payload)}, attempt ${attempt}: ${job.outcome.kind}${error}${again}`;
}

/** `'Your receipt' to ada@acme.test (ShopMailer.receipt)`. */
export function describeSent({ subject, recipients, mailer, action }: SentMail): string {
  return `${show(subject)} to ${recipients.join(', ')} (${mailer}.${action})`;
}

function called(name: string, payload: unknown): string {
  if (name === deliveryJobName) {
    const mail = payload as Pick<EnqueuedMail, 'mailer' | 'action' | 'payload'>;
    return called(`${mail.mailer}.${mail.action}`, mail.payload);
  }
  return payload === undefined ? name : `${name} ${show(payload)}`;
}

function due({ state, delay, attempt }: Pick<EnqueuedJob, 'state' | 'delay' | 'attempt'>): string {
  return state === 'retrying' ? `attempt ${attempt + 1} ${humanDelay(delay)}` : humanDelay(delay);
}
