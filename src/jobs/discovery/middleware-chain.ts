import { Inject, Injectable, type Type } from '@nestjs/common';
import type { Middleware } from '../values/middleware.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import type { EnqueueCall, JobCall } from '../job/calls.js';
import { Provided } from './injected.js';
import type { JobReceipt } from '../job/receipt.js';

interface Handler<Context, Result> {
  handle: Middleware<Context, Result>;
}

/** The middleware of both sides: around `perform` and around the enqueue. Turns classes into instances. */
@Injectable()
export class MiddlewareChain {
  private perform?: Promise<Middleware<JobCall, unknown>[]>;
  private enqueue?: Promise<Middleware<EnqueueCall, JobReceipt | void>[]>;

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly provided: Provided,
  ) {}

  /** @throws FledgeError `FLEDGE_MIDDLEWARE_UNAVAILABLE` */
  async check(): Promise<void> {
    await Promise.all([this.aroundPerform(), this.aroundEnqueue()]);
  }

  /** Returns the middleware that wraps `perform`. */
  aroundPerform(): Promise<Middleware<JobCall, unknown>[]> {
    return (this.perform ??= this.load(this.options.middleware));
  }

  /** Returns the middleware that wraps the enqueue. */
  aroundEnqueue(): Promise<Middleware<EnqueueCall, JobReceipt | void>[]> {
    return (this.enqueue ??= this.load(this.options.enqueueMiddleware));
  }

  private load<Context, Result>(
    entries: readonly (Handler<Context, Result> | Type<Handler<Context, Result>>)[],
  ): Promise<Middleware<Context, Result>[]> {
    return Promise.all(
      entries.map(async (entry) => {
        const handler =
          typeof entry === 'function'
            ? await this.provided.instanceOf(entry, 'middleware', 'FLEDGE_MIDDLEWARE_UNAVAILABLE')
            : entry;
        return (context, next) => handler.handle(context, next);
      }),
    );
  }
}
