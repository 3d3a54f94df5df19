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

/** An expectation of what must not be: how often is no question. */
type Absent<Expectation> = Omit<Expectation, 'times'>;

/**
 * A job is enqueued and has not run.
 *
 * @example assertEnqueued(jobs, ImportCsvJob, { payload: { importId }, delay: '10m' });
 * @throws AssertionError with what is enqueued instead, nearest first
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
 * No such job is enqueued. One that has run already is not, either: see `assertPerformed`.
 *
 * @throws AssertionError with those that are
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
 * An attempt at a job has run, however it went.
 *
 * @example assertPerformed(jobs, ImportCsvJob, { outcome: 'failed', error: /quota/, attempt: 1 });
 * @throws AssertionError with what has run instead, nearest first
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
 * A mail was sent.
 *
 * @example assertDelivered(jobs, { to: 'ada@acme.test', subject: 'Welcome', link: /confirm/ });
 * @throws AssertionError with what was sent instead, nearest first
 * @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_MAILER_ACTION_UNKNOWN`, `FLEDGE_OPTION_INVALID`
 */
export function assertDelivered<M extends object>(
  jobs: Recorded,
  expected: DeliveredExpectation<M> = {},
): void {
  conclude(true, checkDelivered(jobs, expected, 'assertDelivered'), assertDelivered);
}

/**
 * No such mail was sent. One whose delivery is enqueued was not, either: see `assertMailEnqueued`.
 *
 * @throws AssertionError with those that were
 * @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_MAILER_ACTION_UNKNOWN`, `FLEDGE_OPTION_INVALID`
 */
export function assertNotDelivered<M extends object>(
  jobs: Recorded,
  expected: Absent<DeliveredExpectation<M>> = {},
): void {
  conclude(false, checkDelivered(jobs, expected, 'assertNotDelivered'), assertNotDelivered);
}

/**
 * A mail's delivery is enqueued and has not run.
 *
 * @example assertMailEnqueued(jobs, UserMailer, 'welcome', { payload: { userId }, delay: '1h' });
 * @throws AssertionError with what is enqueued instead, nearest first
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

/** @param assertion where the error's stack begins: the test's own line is its first */
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
