import { types } from 'node:util';
import type { Type } from '@nestjs/common';
import { toMilliseconds, type Duration } from '../../jobs/values/duration.js';
import { invalidOption } from '../../jobs/values/errors.js';
import type { Performable } from '../../jobs/job/job.js';
import { aspectsOf, humanDelay, nearly, unless, type Aspect, type Compare } from './aspects.js';
import { check, type Check } from './check.js';
import { checkOptions, checkRecorded } from './check-options.js';
import { describeEnqueued, describePerformed } from './describe.js';
import type { EnqueuedExpectation, EnqueuedOptions, PerformedExpectation } from './expectations.js';
import { enqueuedHints, performedHints } from './hints.js';
import { matches } from './matching.js';
import type { EnqueuedJob, PerformedJob, Recorded } from '../records/recorded.js';
import { show } from './show.js';

export const enqueuedNames = ['payload', 'queue', 'delay', 'at', 'priority', 'unique'];

/** @throws FledgeError `FLEDGE_JOB_NOT_REGISTERED`, `FLEDGE_OPTION_INVALID` */
export function checkEnqueued(
  jobs: Recorded,
  job: Type<Performable>,
  expected: EnqueuedExpectation,
  who: string,
): Check {
  checkRecorded(jobs, who);
  checkOptions(expected, enqueuedNames, who);
  const names = jobs.namesOf(job);
  return check({
    subject: job.name,
    verb: 'enqueued',
    records: jobs.enqueued(),
    isKind: ({ name }) => names.includes(name),
    aspects: [...payloadAspect(expected), ...enqueuedAspects(expected, who)],
    times: expected.times,
    describe: describeEnqueued,
    hints: () => enqueuedHints(jobs, job, expected),
  });
}

type AnyEnqueued = Omit<EnqueuedJob, 'payload'>;

const enqueuedAspect = aspectsOf<AnyEnqueued>();

/** Makes the aspects that enqueued jobs and enqueued mails share. */
export function enqueuedAspects(
  { queue, delay, at, priority, unique }: EnqueuedOptions,
  who: string,
): Aspect<AnyEnqueued>[] {
  return [
    ...enqueuedAspect('queue', queue, (job) => job.queue),
    ...enqueuedAspect('delay', delayOf(delay, who), (job) => job.delay, nearly(humanDelay), humanDelay),
    ...enqueuedAspect('at', timeOf(at, who), (job) => job.at, nearly(iso), iso),
    ...enqueuedAspect('priority', priority, (job) => job.priority),
    ...enqueuedAspect('unique', unique, (job) => job.unique),
  ];
}

interface WithPayload {
  readonly payload: unknown;
}

export function payloadAspect({ payload }: Partial<WithPayload>): Aspect<WithPayload>[] {
  return aspectsOf<WithPayload>()('payload', payload, (record) => record.payload);
}

const performedAspect = aspectsOf<PerformedJob>();
const performedNames = ['payload', 'outcome', 'error', 'attempt', 'result'];

/** @throws FledgeError `FLEDGE_JOB_NOT_REGISTERED`, `FLEDGE_OPTION_INVALID` */
export function checkPerformed(
  jobs: Recorded,
  job: Type<Performable>,
  expected: PerformedExpectation,
  who: string,
): Check {
  checkRecorded(jobs, who);
  checkOptions(expected, performedNames, who);
  const names = jobs.namesOf(job);
  return check({
    subject: job.name,
    verb: 'performed',
    records: jobs.performed(),
    isKind: ({ name }) => names.includes(name),
    aspects: [
      ...payloadAspect(expected),
      ...performedAspect('outcome', expected.outcome, ({ outcome }) => outcome.kind),
      ...performedAspect('error', expected.error, ({ error }) => error, sameError, showError),
      ...performedAspect('attempt', expected.attempt, ({ attempt }) => attempt),
      ...performedAspect('result', expected.result, ({ result }): unknown => result),
    ],
    times: expected.times,
    describe: describePerformed,
    hints: () => performedHints(jobs, job),
  });
}

type ExpectedError = NonNullable<PerformedExpectation['error']>;

const sameError: Compare<Error | undefined, ExpectedError> = (error, wanted, name) => {
  if (error === undefined) return unless(false, name, 'none', showError(wanted));
  return unless(
    isError(error, wanted),
    name,
    `${error.constructor.name}: ${error.message}`,
    showError(wanted),
  );
};

function isError(error: Error, wanted: ExpectedError): boolean {
  if (typeof wanted === 'string') return error.message.includes(wanted);
  // In Jest's tests, an error that Node throws is not an instance of the global Error.
  if (isErrorClass(wanted)) return wanted === Error || error instanceof wanted;
  return matches(types.isRegExp(wanted) ? error.message : error, wanted);
}

function showError(wanted: ExpectedError): string {
  return isErrorClass(wanted) ? wanted.name : show(wanted);
}

function isErrorClass(wanted: ExpectedError): wanted is abstract new (...values: never[]) => Error {
  return typeof wanted === 'function' && (wanted === Error || wanted.prototype instanceof Error);
}

function delayOf(delay: Duration | undefined, who: string): number | undefined {
  return delay === undefined ? undefined : toMilliseconds(delay, `delay of ${who}`);
}

function timeOf(at: Date | number | undefined, who: string): Date | undefined {
  if (at === undefined) return undefined;
  const time = new Date(at);
  if (!Number.isNaN(time.getTime())) return time;
  throw invalidOption(`at of ${who} is ${show(at)}. Use a valid Date or milliseconds since 1970.`);
}

function iso(time: Date): string {
  return time.toISOString();
}
