import type { Type } from '@nestjs/common';
import type { Middleware } from '../values/middleware.js';
import type { JobContext, Performable } from './job.js';
import type { JobReceipt } from './receipt.js';
import type { CallPolicy } from './retry/policy.js';
import type { UniquePlan } from './unique.js';

/** One attempt, as job middleware receives it. */
export interface JobCall {
  readonly payload: unknown;
  readonly context: JobContext;
}

/** One enqueue, as enqueue middleware receives it. Middleware may change every field that is not `readonly`. */
export interface EnqueueCall {
  readonly job: Type<Performable>;
  readonly id: string;
  /** True if the caller repeats an earlier enqueue with its id. */
  readonly repeated: boolean;
  readonly name: string;
  /** The mailer and action of a mail, such as `UserMailer.welcome`. Undefined for other jobs. */
  readonly subject?: string | undefined;
  queue: string;
  /**
   * A checked copy of the caller's payload. Later changes to the caller's object do not change the copy. Middleware may
   * change the copy or assign another payload, which is then checked again and stored. An unchanged payload is not checked
   * again.
   */
  payload: unknown;
  /** The delay in milliseconds. */
  delay: number;
  priority: number | undefined;
  /** Infinity with `retryFor`. */
  attempts: number;
  /** The retry and timeout options of the call, which override the class's. In milliseconds. */
  policy: CallPolicy | undefined;
  /**
   * Undefined if the job is not unique. The unique key is made from the caller's payload, before middleware changes it. So
   * two equal calls stay equal when middleware encrypts or stamps their payloads.
   */
  unique: UniquePlan | undefined;
  /** Stored next to the payload. Available as `context.meta` in the worker. */
  meta: Record<string, string>;
}

/** Runs around `perform`, in workers, inline and in tests. The first registered middleware is the outermost. */
export interface JobMiddleware {
  handle: Middleware<JobCall, unknown>;
}

/**
 * Runs around the enqueue. The first registered middleware is the outermost. The job is vetoed if `next()` is not called.
 * `next()` resolves to the receipt, even if the enqueue failed.
 *
 * Middleware receives only payloads that are valid JSON and within the limit. Other payloads are refused before. It may
 * replace a payload, for example with an encrypted one. The new payload is checked in the same way, and `perform` and job
 * middleware receive it. `unique` still compares the caller's payloads.
 */
export interface EnqueueMiddleware {
  handle: Middleware<EnqueueCall, JobReceipt | void>;
}
