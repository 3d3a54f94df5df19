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

/** What `nestjs-fledge/testing/vitest` and `/jest` add to `expect(jobs)`, and to `expect(jobs).not`. */
export interface JobMatchers<R = void> {
  /**
   * A job is enqueued and has not run.
   *
   * @example expect(jobs).toHaveEnqueued(ImportCsvJob, { importId }, { delay: '10m' });
   * @param payload as much of it as matters. @default any
   */
  toHaveEnqueued<J extends Performable>(
    job: Type<J>,
    payload?: Expected<PayloadOf<J>>,
    options?: EnqueuedOptions,
  ): R;
  /**
   * An attempt at a job has run, however it went.
   *
   * @example expect(jobs).toHavePerformed(ImportCsvJob, { importId }, { outcome: 'failed', error: /quota/ });
   * @param payload as much of it as matters. @default any
   */
  toHavePerformed<J extends Performable>(
    job: Type<J>,
    payload?: Expected<PayloadOf<J>>,
    options?: PerformedOptions<ResultOf<J>>,
  ): R;
  /**
   * A mail was sent.
   *
   * @example expect(jobs).toHaveDelivered({ to: 'ada@acme.test', subject: /welcome/i });
   * @param expected of the mail, or of its subject alone. @default any mail
   */
  toHaveDelivered<M extends object>(expected?: string | RegExp | DeliveredExpectation<M>): R;
  /**
   * A mail's delivery is enqueued and has not run.
   *
   * @example expect(jobs).toHaveEnqueuedMail(UserMailer, 'welcome', { userId }, { delay: '1h' });
   * @param payload as much of it as matters. @default any
   */
  toHaveEnqueuedMail<M extends object, Action extends ActionOf<M>>(
    mailer: Type<M>,
    action: Action,
    payload?: Expected<MailPayloadOf<M, Action>>,
    options?: EnqueuedOptions,
  ): R;
}

/** What a matcher answers to Vitest and Jest. */
export type MatcherResult = Pick<Check, 'pass' | 'message'>;

/** For `expect.extend(jobMatchers)`, where neither `nestjs-fledge/testing/vitest` nor `/jest` fits. */
export const jobMatchers = {
  toHaveEnqueued(
    jobs: Recorded,
    job: Type<Performable>,
    payload?: unknown,
    options: EnqueuedOptions = {},
  ): MatcherResult {
    return answer(checkEnqueued(jobs, job, { ...options, payload }, 'toHaveEnqueued'));
  },
  toHavePerformed(
    jobs: Recorded,
    job: Type<Performable>,
    payload?: unknown,
    options: PerformedOptions = {},
  ): MatcherResult {
    return answer(checkPerformed(jobs, job, { ...options, payload }, 'toHavePerformed'));
  },
  toHaveDelivered(jobs: Recorded, expected: string | RegExp | DeliveredExpectation = {}): MatcherResult {
    return answer(
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
    return answer(checkMailEnqueued(jobs, mailer, action, { ...options, payload }, 'toHaveEnqueuedMail'));
  },
};

/** Without what was expected and found: a runner would print their difference, the whole of the one against a part of it. */
function answer({ pass, message }: Check): MatcherResult {
  return { pass, message };
}

function isSubject(expected: string | RegExp | DeliveredExpectation): expected is string | RegExp {
  return typeof expected === 'string' || types.isRegExp(expected);
}
