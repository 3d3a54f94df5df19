import { Inject, Injectable } from '@nestjs/common';
import { asError } from '../values/errors.js';
import { JobEvents, type JobEvent } from '../events/events.js';
import type { FailureHandler, JobFailure } from '../job/failure-handler.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import { Provided } from '../discovery/injected.js';
import { JobRegistry } from '../discovery/registry.js';

type Finished = Extract<JobEvent, { type: 'finished' }>;
type Hook = keyof FailureHandler;

/** Tells the application's handlers, and those of a job's own class, of jobs in trouble. */
@Injectable()
export class FailureHandlers {
  private handlers?: Promise<readonly FailureHandler[]>;
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly registry: JobRegistry,
    private readonly provided: Provided,
    private readonly events: JobEvents,
  ) {
    events.subscribe((event) => {
      if (event.type === 'finished' && event.outcome.kind !== 'completed' && !event.inline) this.hear(event);
    });
  }

  /** @throws FledgeError `FLEDGE_HANDLER_UNAVAILABLE` */
  async check(): Promise<void> {
    await this.all();
  }

  /** Resolves when all that were called have ended. */
  async idle(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private hear(event: Finished): void {
    const hooks = hooksFor(event);
    if (hooks.length === 0) return;
    const telling = this.tell(event, hooks).finally(() => this.underWay.delete(telling));
    this.underWay.add(telling);
  }

  private async tell(event: Finished, hooks: readonly Hook[]): Promise<void> {
    const failure = failureOf(event);
    const handlers = [...(await this.ofClass(event)), ...(await this.all())];
    for (const hook of hooks) {
      await Promise.all(handlers.map((handler) => this.call(handler, hook, failure)));
    }
  }

  private async call(handler: FailureHandler, hook: Hook, failure: JobFailure): Promise<void> {
    try {
      await handler[hook]?.(failure);
    } catch (thrown) {
      const { name, id } = failure.job;
      this.events.emit({
        type: 'warning',
        code: 'FLEDGE_HANDLER_FAILED',
        message: `${handler.constructor.name}.${hook} failed for ${name} ${id}: ${asError(thrown).message}. The job itself is as it would be without.`,
      });
    }
  }

  private all(): Promise<readonly FailureHandler[]> {
    return (this.handlers ??= Promise.all(
      this.options.handlers.map(async (entry) =>
        typeof entry === 'function'
          ? this.provided.instanceOf(entry, 'handler', 'FLEDGE_HANDLER_UNAVAILABLE')
          : entry,
      ),
    ));
  }

  /** The job's own instance; of a request-scoped class a new one. */
  private async ofClass({ name, call }: Finished): Promise<readonly FailureHandler[]> {
    const definition = this.registry.find(name);
    if (!call || !definition?.hasHandlers) return [];
    try {
      return [(await definition.instance(call.context)) as FailureHandler];
    } catch {
      // It could not be made for `perform` either, which has been told.
      return [];
    }
  }
}

function hooksFor({ outcome }: Finished): readonly Hook[] {
  switch (outcome.kind) {
    case 'failed':
      return outcome.retryIn === undefined ? ['onError', 'onDeath'] : ['onError'];
    case 'killed':
      return ['onError', 'onDeath'];
    case 'discarded':
      return outcome.exhausted ? ['onError', 'onDeath'] : ['onDiscard'];
    default:
      return [];
  }
}

function failureOf({ id, name, queue, attempt, attempts, outcome, call }: Finished): JobFailure {
  const retryIn = outcome.kind === 'failed' ? outcome.retryIn : undefined;
  return {
    job: { id, name, queue, attempt, attempts },
    error: (outcome as { readonly error: Error }).error,
    payload: call?.payload,
    ...(call && { context: call.context }),
    ...(retryIn === undefined ? {} : { retryIn }),
  };
}
