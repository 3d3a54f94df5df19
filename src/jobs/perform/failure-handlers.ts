import { Inject, Injectable } from '@nestjs/common';
import { asError } from '../values/errors.js';
import { JobEvents, type JobEvent } from '../events/events.js';
import type { FailureHandler, JobFailure } from '../job/failure-handler.js';
import { titleOf } from '../job/subjects.js';
import type { Outcome } from '../store/outcome.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import { Provided } from '../discovery/injected.js';
import { AttemptContext } from './attempt-context.js';
import { JobRegistry } from '../discovery/registry.js';

type Finished = Extract<JobEvent, { type: 'finished' }>;
type Hook = keyof FailureHandler;

/** The outcomes that failure handlers are called for. */
type Failed = Extract<Outcome, { readonly error: Error }>;

/** Calls the failure handlers of the application, and of the job's class, when jobs fail, die or are discarded. */
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
      if (event.type === 'finished' && 'error' in event.outcome && !event.inline)
        this.notify(event, event.outcome);
    });
  }

  /** @throws FledgeError `FLEDGE_HANDLER_UNAVAILABLE` */
  async check(): Promise<void> {
    await this.all();
  }

  /** Resolves when all handlers that were called have ended. */
  async idle(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private notify(event: Finished, outcome: Failed): void {
    const context = event.call?.context;
    const start = (): Promise<void> => this.callHandlers(event, outcome);
    const started = context instanceof AttemptContext ? context.inScope(start) : start();
    const calls = started.finally(() => this.underWay.delete(calls));
    this.underWay.add(calls);
  }

  private async callHandlers(event: Finished, outcome: Failed): Promise<void> {
    const failure = failureOf(event, outcome);
    const handlers = [...(await this.ofClass(event)), ...(await this.all())];
    for (const hook of hooksFor(outcome)) {
      await Promise.all(handlers.map((handler) => this.call(handler, hook, failure)));
    }
  }

  private async call(handler: FailureHandler, hook: Hook, failure: JobFailure): Promise<void> {
    try {
      await handler[hook]?.(failure);
    } catch (thrown) {
      this.events.emit({
        type: 'warning',
        code: 'FLEDGE_HANDLER_FAILED',
        message: `${handler.constructor.name}.${hook} failed for ${titleOf(failure.job)} ${failure.job.id}: ${asError(thrown).message}. The job is not affected. Fix the handler.`,
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

  /** Returns the instance of the job's class if it has handlers. A request-scoped class gets a new instance. */
  private async ofClass({ name, call }: Finished): Promise<readonly FailureHandler[]> {
    const definition = this.registry.find(name);
    if (!call || !definition?.hasHandlers) return [];
    try {
      const instance = await definition.instance(call.context);
      return isHandler(instance) ? [instance] : [];
    } catch {
      // The instance could not be created for `perform` either, which has failed with this error.
      return [];
    }
  }
}

function isHandler(instance: object): instance is FailureHandler {
  return 'onError' in instance || 'onDeath' in instance || 'onDiscard' in instance;
}

function hooksFor(outcome: Failed): readonly Hook[] {
  switch (outcome.kind) {
    case 'failed':
      return outcome.retryIn === undefined ? ['onError', 'onDeath'] : ['onError'];
    case 'killed':
      return ['onError', 'onDeath'];
    case 'discarded':
      return outcome.exhausted ? ['onError', 'onDeath'] : ['onDiscard'];
  }
}

function failureOf(event: Finished, outcome: Failed): JobFailure {
  const { id, name, subject, queue, attempt, attempts, call } = event;
  const retryIn = outcome.kind === 'failed' ? outcome.retryIn : undefined;
  return {
    job: { id, name, ...(subject !== undefined && { subject }), queue, attempt, attempts },
    error: outcome.error,
    payload: call?.payload,
    ...(call && { context: call.context }),
    ...(retryIn === undefined ? {} : { retryIn }),
  };
}
