import { newJobId } from '../values/job-id.js';
import type { CheckedJson } from '../values/json/json-check.js';
import type { EnqueueCall } from '../job/calls.js';
import { refuseUnknownOptions } from '../values/did-you-mean.js';
import {
  checkId,
  delayOf,
  enqueueOptionNames,
  priorityOf,
  type EnqueueOptions,
} from '../job/enqueue-options.js';
import type { JobReceipt } from '../job/receipt.js';
import { attemptsOf, callPolicyOf, type Policy } from '../job/retry/policy.js';
import { titleOf, type JobSubjects } from '../job/subjects.js';
import { planUnique, type UniquePlan } from '../job/unique.js';
import type { JobDefinition } from '../discovery/registry.js';

/** What an enqueue has to know about a job. A process without the application's classes knows it from a list. */
export interface EnqueuedJob extends Pick<JobDefinition, 'name' | 'queue' | 'priority' | 'unique'> {
  /** Undefined in a process without the application's classes. It has no enqueue middleware, which receives the class. */
  readonly jobClass: JobDefinition['jobClass'] | undefined;
  /** Infinity leaves the attempts to the class of the worker. */
  readonly policy: Pick<Policy, 'attempts'>;
  readonly subjects: Pick<JobSubjects, 'nameOf'> | undefined;
}

/** An enqueue call without its payload and its class. */
export type CallFields = Omit<EnqueueCall, 'payload' | 'job'>;

/** An enqueue call whose payload has been read. It is not read again. */
export interface SealedCall {
  readonly definition: EnqueuedJob;
  readonly fields: CallFields;
  /** The payload that the caller passed, or the reason why it cannot be enqueued. */
  readonly payload: CheckedJson | Error;
}

/**
 * Resolves the options of one call. The class's options apply where the call has none.
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function callFieldsOf(
  definition: EnqueuedJob,
  payload: unknown,
  options: EnqueueOptions<string>,
): CallFields {
  const subject = definition.subjects?.nameOf(payload);
  const who = `The enqueue of ${titleOf({ name: definition.name, subject })}`;
  refuseUnknownOptions(options, enqueueOptionNames, who);
  return {
    id: options.id === undefined ? newJobId() : checkId(options.id),
    repeated: options.id !== undefined,
    name: definition.name,
    ...(subject !== undefined && { subject }),
    queue: options.queue ?? definition.queue,
    delay: delayOf(options),
    priority: priorityOf(options.priority ?? definition.priority),
    attempts: attemptsFor(options, definition, who),
    unique: uniqueFor(options, definition, who),
    policy: callPolicyOf(options, who),
    meta: {},
  };
}

export function receiptOf(
  { id, name, queue }: CallFields,
  result: Pick<JobReceipt, 'status' | 'error' | 'duplicateOf'>,
): JobReceipt {
  return { id, name, queue, ...result };
}

/** Returns whether this call added the job to the store. */
export function wasAdded({ status }: JobReceipt): boolean {
  return status === 'enqueued' || status === 'replaced';
}

/** `unique: false` turns off the class's uniqueness. */
function uniqueFor(
  { unique }: EnqueueOptions<string>,
  definition: EnqueuedJob,
  who: string,
): UniquePlan | undefined {
  if (unique === undefined) return definition.unique;
  return unique ? planUnique(unique, who) : undefined;
}

/** Returns Infinity for a call with `retryFor`, or for a class with `retryFor` if the call has no `attempts`. */
function attemptsFor(
  { attempts, retryFor }: EnqueueOptions<string>,
  { policy }: EnqueuedJob,
  who: string,
): number {
  if (retryFor !== undefined) return Infinity;
  return attempts === undefined ? policy.attempts : attemptsOf(attempts, who);
}
