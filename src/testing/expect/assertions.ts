import { AssertionError } from 'node:assert';
import type { Type } from '@nestjs/common';
import type { PayloadOf, Performable } from '../../jobs/job/job.js';
import type { Check } from './check.js';
import type {
  ActionOf,
  DeliveredExpectation,
  EnqueuedExpectation,
  MailPayloadOf,
  PerformedExpectation,
} from './expectations.js';
import { checkEnqueued, checkPerformed } from './job-checks.js';
import { checkDelivered, checkMailEnqueued } from './mail-checks.js';
import type { Recorded } from '../records/recorded.js';

type Assertion = (jobs: Recorded, ...expected: never[]) => void;

/** The expectation of an assertion that nothing matches. `times` makes no sense there. */
type Absent<Expectation> = Omit<Expectation, 'times'>;

/**
 * Asserts that a job is enqueued and has not run.
 *
 * @example assertEnqueued(jobs, ImportCsvJob, { payload: { importId }, delay: '10m' });
 * @throws AssertionError with the jobs that are enqueued instead, closest match first
 * @throws FledgeError `FLEDGE_JOB_NOT_REGISTERED`, `FLEDGE_OPTION_INVALID`
 */
export function assertEnqueued<J extends Performable>(
  jobs: Recorded,
  job: Type<J>,
  expected: EnqueuedExpectation<PayloadOf<J>> = {},
): void {
  conclude(true, checkEnqueued(jobs, job, expected, 'assertEnqueued'), assertEnqueued);
}

/**
 * Asserts that no such job is enqueued. A job that has already run is not enqueued: see `assertPerformed`.
 *
 * @throws AssertionError with the matching jobs
 * @throws FledgeError `FLEDGE_JOB_NOT_REGISTERED`, `FLEDGE_OPTION_INVALID`
 */
export function assertNotEnqueued<J extends Performable>(
  jobs: Recorded,
  job: Type<J>,
  expected: Absent<EnqueuedExpectation<PayloadOf<J>>> = {},
): void {
  conclude(false, checkEnqueued(jobs, job, expected, 'assertNotEnqueued'), assertNotEnqueued);
}

/**
 * Asserts that an attempt at a job has run, with any outcome.
 *
 * @example assertPerformed(jobs, ImportCsvJob, { outcome: 'failed', error: /quota/, attempt: 1 });
 * @throws AssertionError with the attempts that have run instead, closest match first
 * @throws FledgeError `FLEDGE_JOB_NOT_REGISTERED`, `FLEDGE_OPTION_INVALID`
 */
export function assertPerformed<J extends Performable>(
  jobs: Recorded,
  job: Type<J>,
  expected: PerformedExpectation<J> = {},
): void {
  conclude(true, checkPerformed(jobs, job, expected, 'assertPerformed'), assertPerformed);
}

/**
 * Asserts that a mail was sent.
 *
 * @example assertDelivered(jobs, { to: 'ada@acme.test', subject: 'Welcome', link: /confirm/ });
 * @throws AssertionError with the mails that were sent instead, closest match first
 * @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_MAILER_ACTION_UNKNOWN`, `FLEDGE_OPTION_INVALID`
 */
export function assertDelivered<M extends object>(
  jobs: Recorded,
  expected: DeliveredExpectation<M> = {},
): void {
  conclude(true, checkDelivered(jobs, expected, 'assertDelivered'), assertDelivered);
}

/**
 * Asserts that no such mail was sent. An enqueued mail is not sent yet: see `assertMailEnqueued`.
 *
 * @throws AssertionError with the matching mails
 * @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_MAILER_ACTION_UNKNOWN`, `FLEDGE_OPTION_INVALID`
 */
export function assertNotDelivered<M extends object>(
  jobs: Recorded,
  expected: Absent<DeliveredExpectation<M>> = {},
): void {
  conclude(false, checkDelivered(jobs, expected, 'assertNotDelivered'), assertNotDelivered);
}

/**
 * Asserts that the delivery of a mail is enqueued and has not run.
 *
 * @example assertMailEnqueued(jobs, UserMailer, 'welcome', { payload: { userId }, delay: '1h' });
 * @throws AssertionError with the mails that are enqueued instead, closest match first
 * @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_MAILER_ACTION_UNKNOWN`, `FLEDGE_OPTION_INVALID`
 */
export function assertMailEnqueued<M extends object, Action extends ActionOf<M>>(
  jobs: Recorded,
  mailer: Type<M>,
  action: Action,
  expected: EnqueuedExpectation<MailPayloadOf<M, Action>> = {},
): void {
  conclude(true, checkMailEnqueued(jobs, mailer, action, expected, 'assertMailEnqueued'), assertMailEnqueued);
}

/** @param assertion the function that the test called. The error's stack begins at the line of that call */
function conclude(wanted: boolean, { pass, message, actual, expected }: Check, assertion: Assertion): void {
  if (pass === wanted) return;
  throw new AssertionError({
    message: message(),
    actual,
    expected,
    operator: assertion.name,
    stackStartFn: assertion,
  });
}
