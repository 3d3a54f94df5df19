import type { Type } from '@nestjs/common';
import type { Middleware } from '../values/middleware.js';
import type { JobContext, Performable } from './job.js';
import type { JobReceipt } from './receipt.js';
import type { CallPolicy } from './retry/policy.js';
import type { UniquePlan } from './unique.js';

/** What job middleware sees of an attempt. */
export interface JobCall {
  readonly payload: unknown;
  readonly context: JobContext;
}

/** What enqueue middleware sees of a job on its way to the store. It may change everything that is not `readonly`. */
export interface EnqueueCall {
  readonly job: Type<Performable>;
  readonly id: string;
  /** Whether the caller repeats an earlier enqueue, with its id. */
  readonly repeated: boolean;
  readonly name: string;
  queue: string;
  /**
   * A copy of what the caller gave, which has been checked. It was taken inside the call, so what the caller does to the
   * object afterwards changes nothing. Middleware may change the copy or assign another payload: what is there when the
   * job is added is read and checked once more, and stored. Middleware that does not touch it costs nothing.
   */
  payload: unknown;
  /** Milliseconds from now. */
  delay: number;
  priority: number | undefined;
  /** Infinity with `retryFor`. */
  attempts: number;
  /** What the caller said otherwise than the class about failure and time; milliseconds. */
  policy: CallPolicy | undefined;
  /**
   * Undefined: it may be there any number of times. The lock is made of what the caller gave, not of what middleware made of
   * it: two equal calls stay equal when middleware encrypts or stamps their payloads.
   */
  unique: UniquePlan | undefined;
  /** Travels beside the payload and is `context.meta` in the worker. */
  meta: Record<string, string>;
}

/** Runs around `perform`, wherever the job is run. The first registered is outermost. */
export interface JobMiddleware {
  handle: Middleware<JobCall, unknown>;
}

/**
 * Runs around the add. The first registered is outermost; the job is vetoed if `next()` is not called. `next()` resolves
 * to the receipt, also of an add that failed.
 *
 * It sees only payloads that are valid JSON and within the limit: the others are refused before. It may replace a payload,
 * for instance with an encrypted one. The new payload is checked in the same way, and it is what `perform` and job
 * middleware receive. `unique` still compares what the caller gave.
 */
export interface EnqueueMiddleware {
  handle: Middleware<EnqueueCall, JobReceipt | void>;
}
