import { types } from 'node:util';
import type { Type } from '@nestjs/common';
import type { PayloadOf, Performable, ResultOf } from '../../jobs/job/job.js';
import type { Check } from './check.js';
import type {
  ActionOf,
  DeliveredExpectation,
  EnqueuedOptions,
  Expected,
  MailPayloadOf,
  PerformedOptions,
} from './expectations.js';
import { checkEnqueued, checkPerformed } from './job-checks.js';
import { checkDelivered, checkMailEnqueued } from './mail-checks.js';
import type { Recorded } from '../records/recorded.js';

/** The matchers that `nestjs-fledge/testing/vitest` and `/jest` add to `expect(jobs)` and `expect(jobs).not`. */
export interface JobMatchers<R = void> {
  /**
   * Expects that a job is enqueued and has not run.
   *
   * @example expect(jobs).toHaveEnqueued(ImportCsvJob, { importId }, { delay: '10m' });
   * @param payload the part of the payload that matters. @default any
   */
  toHaveEnqueued<J extends Performable>(
    job: Type<J>,
    payload?: Expected<PayloadOf<J>>,
    options?: EnqueuedOptions,
  ): R;
  /**
   * Expects that an attempt at a job has run, with any outcome.
   *
   * @example expect(jobs).toHavePerformed(ImportCsvJob, { importId }, { outcome: 'failed', error: /quota/ });
   * @param payload the part of the payload that matters. @default any
   */
  toHavePerformed<J extends Performable>(
    job: Type<J>,
    payload?: Expected<PayloadOf<J>>,
    options?: PerformedOptions<ResultOf<J>>,
  ): R;
  /**
   * Expects that a mail was sent.
   *
   * @example expect(jobs).toHaveDelivered({ to: 'ada@acme.test', subject: /welcome/i });
   * @param expected the properties of the mail, or its subject. @default any mail
   */
  toHaveDelivered<M extends object>(expected?: string | RegExp | DeliveredExpectation<M>): R;
  /**
   * Expects that the delivery of a mail is enqueued and has not run.
   *
   * @example expect(jobs).toHaveEnqueuedMail(UserMailer, 'welcome', { userId }, { delay: '1h' });
   * @param payload the part of the payload that matters. @default any
   */
  toHaveEnqueuedMail<M extends object, Action extends ActionOf<M>>(
    mailer: Type<M>,
    action: Action,
    payload?: Expected<MailPayloadOf<M, Action>>,
    options?: EnqueuedOptions,
  ): R;
}

/** The result of a matcher, for Vitest and Jest. */
export type MatcherResult = Pick<Check, 'pass' | 'message'>;

/** The matchers for `expect.extend(jobMatchers)`, if `nestjs-fledge/testing/vitest` and `/jest` don't fit. */
export const jobMatchers = {
  toHaveEnqueued(
    jobs: Recorded,
    job: Type<Performable>,
    payload?: unknown,
    options: EnqueuedOptions = {},
  ): MatcherResult {
    return resultOf(checkEnqueued(jobs, job, { ...options, payload }, 'toHaveEnqueued'));
  },
  toHavePerformed(
    jobs: Recorded,
    job: Type<Performable>,
    payload?: unknown,
    options: PerformedOptions = {},
  ): MatcherResult {
    return resultOf(checkPerformed(jobs, job, { ...options, payload }, 'toHavePerformed'));
  },
  toHaveDelivered(jobs: Recorded, expected: string | RegExp | DeliveredExpectation = {}): MatcherResult {
    return resultOf(
      checkDelivered(jobs, isSubject(expected) ? { subject: expected } : expected, 'toHaveDelivered'),
    );
  },
  toHaveEnqueuedMail(
    jobs: Recorded,
    mailer: Type<object>,
    action: string,
    payload?: unknown,
    options: EnqueuedOptions = {},
  ): MatcherResult {
    return resultOf(checkMailEnqueued(jobs, mailer, action, { ...options, payload }, 'toHaveEnqueuedMail'));
  },
};

/** Leaves out `expected` and `actual`. A runner would print the difference between a part and a whole record. */
function resultOf({ pass, message }: Check): MatcherResult {
  return { pass, message };
}

function isSubject(expected: string | RegExp | DeliveredExpectation): expected is string | RegExp {
  return typeof expected === 'string' || types.isRegExp(expected);
}
