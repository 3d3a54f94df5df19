import { Inject, Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { asError, FledgeError } from './errors.js';
import type { Middleware } from './middleware.js';
import { JOBS_OPTIONS, type EnqueueCall, type JobCall, type ResolvedJobsOptions } from './options.js';
import type { JobReceipt } from './receipt.js';

interface Handler<Context, Result> {
  handle: Middleware<Context, Result>;
}

/** Both sides' middleware, with classes turned into instances: the container's own where it provides one. */
@Injectable()
export class MiddlewareChain {
  private perform?: Promise<Middleware<JobCall, unknown>[]>;
  private enqueue?: Promise<Middleware<EnqueueCall, JobReceipt | void>[]>;

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** @throws FledgeError `FLEDGE_MIDDLEWARE_UNAVAILABLE` */
  async check(): Promise<void> {
    await Promise.all([this.aroundPerform(), this.aroundEnqueue()]);
  }

  /** What wraps the running of a job. */
  aroundPerform(): Promise<Middleware<JobCall, unknown>[]> {
    return (this.perform ??= this.load(this.options.middleware));
  }

  /** What wraps the adding of a job. */
  aroundEnqueue(): Promise<Middleware<EnqueueCall, JobReceipt | void>[]> {
    return (this.enqueue ??= this.load(this.options.enqueueMiddleware));
  }

  private load<Context, Result>(
    entries: readonly (Handler<Context, Result> | Type<Handler<Context, Result>>)[],
  ): Promise<Middleware<Context, Result>[]> {
    return Promise.all(
      entries.map(async (entry) => {
        const handler = typeof entry === 'function' ? await this.instantiate(entry) : entry;
        return (context, next) => handler.handle(context, next);
      }),
    );
  }

  private async instantiate<T>(type: Type<T>): Promise<T> {
    try {
      return this.moduleRef.get<T>(type, { strict: false });
    } catch (error) {
      // Anything but "nobody provides it" is for the application to know: a request-scoped class, for instance.
      if ((error as Error).constructor.name !== 'UnknownElementException') throw unavailable(type, error);
    }
    try {
      return await this.moduleRef.create(type);
    } catch (error) {
      throw unavailable(type, error);
    }
  }
}

function unavailable(type: Type, cause: unknown): FledgeError {
  return new FledgeError(
    'FLEDGE_MIDDLEWARE_UNAVAILABLE',
    `The middleware ${type.name} cannot be created: ${asError(cause).message} Add it to the providers of the module that has what it needs, and let it have no request scope.`,
    { cause },
  );
}
