import { Injectable } from '@nestjs/common';
import { admit, crashesOf, type Admission, type AdmissionParts, type Admitted } from './admission.js';
import type { Attempt } from '../store/attempt.js';
import { currentAttempt } from './current-attempt.js';
import { humanDuration } from '../values/duration.js';
import { asError } from '../values/errors.js';
import { JobEvents, type JobEvent } from '../events/events.js';
import { AttemptContext } from './attempt-context.js';
import { compose } from '../values/middleware.js';
import { MiddlewareChain } from '../discovery/middleware-chain.js';
import type { JobCall } from '../job/calls.js';
import { OutputLimits } from './output-limits.js';
import type { Outcome } from '../store/outcome.js';
import { outcomeOfAbort, outcomeOfError, outcomeOfFault } from './outcome-of.js';
import { usualAttempts } from '../job/retry/policy.js';
import { JobRegistry, type JobDefinition } from '../discovery/registry.js';

type AttemptFact = Omit<Extract<JobEvent, { type: 'started' }>, 'type'>;

/** Runs attempts. Every job runs through it: in a worker, in memory, or inline in this process. */
@Injectable()
export class Executor {
  private readonly parts: AdmissionParts;
  private chain?: (call: JobCall) => Promise<unknown>;

  constructor(
    private readonly registry: JobRegistry,
    private readonly middleware: MiddlewareChain,
    private readonly events: JobEvents,
    private readonly limits: OutputLimits,
  ) {
    this.parts = { registry, events, limits };
  }

  /** Never throws: every attempt ends in exactly one outcome. */
  async execute(attempt: Attempt): Promise<Outcome> {
    // The steps stand here, and only jobs of a schedule are waited for: another async function would cost every job a promise.
    try {
      const admitting = admit(attempt, this.parts);
      const admission = admitting instanceof Promise ? await admitting : admitting;
      const startedAt = performance.now();
      const fact = factOf(attempt, admission);
      const outcome = admission.refused ?? (await this.run(attempt, admission, fact));
      this.finish(attempt, admission, fact, outcome, performance.now() - startedAt);
      return outcome;
    } catch (thrown) {
      return this.fault(attempt, asError(thrown));
    }
  }

  /** Ends with the body or with the stop's grace. `Promise.race` would cost every job what few need. */
  private run(attempt: Attempt, admitted: Admitted, fact: AttemptFact): Promise<Outcome> {
    this.events.emit({ type: 'started', ...fact });
    return new Promise((resolve, reject) => {
      const { known } = admitted;
      attempt.onAbandon = () => resolve(outcomeOfAbort(attempt, known, this.events));
      const perform = (): Promise<Outcome> =>
        known.policy.timeout === undefined
          ? this.perform(attempt, admitted)
          : this.performInTime(attempt, admitted, known.policy.timeout);
      const isWatched = crashesOf(attempt, known.envelope) > 0;
      const performed = isWatched ? currentAttempt.run(attempt, perform) : perform();
      performed.then(resolve, reject);
    });
  }

  private finish(
    { job: { inline } }: Attempt,
    { known, call }: Admission,
    fact: AttemptFact,
    outcome: Outcome,
    duration: number,
  ): void {
    const payload = known && payloadToShow(known.definition, known.envelope.payload);
    this.events.emit({ type: 'finished', ...fact, duration, outcome, inline, call, payload });
  }

  private fault(attempt: Attempt, error: Error): Outcome {
    const { id, name, queue, attempt: number, inline, attempts: stored } = attempt.job;
    const attempts = Math.min(stored, usualAttempts);
    const outcome = outcomeOfFault(error, attempt, attempts);
    const fact = { id, name, queue, subject: attempt.subject, attempt: number, attempts, wait: 0 };
    this.events.emit({ type: 'finished', ...fact, duration: 0, outcome, inline });
    return outcome;
  }

  private async performInTime(attempt: Attempt, admitted: Admitted, timeout: number): Promise<Outcome> {
    const timer = setTimeout(() => attempt.abort('timeout', `timeout ${humanDuration(timeout)}`), timeout);
    try {
      return await this.perform(attempt, admitted);
    } finally {
      clearTimeout(timer);
    }
  }

  private async perform(attempt: Attempt, { known, call }: Admitted): Promise<Outcome> {
    try {
      if (attempt.port.begin) await attempt.port.begin();
      const run = (this.chain ??= await this.compose());
      const result = await run(call);
      if (attempt.abortReason === 'lease') return { kind: 'lost' };
      attempt.resultJson = this.limits.result(attempt, result);
      return { kind: 'completed', result };
    } catch (thrown) {
      const error = asError(thrown);
      return attempt.abortReason
        ? outcomeOfAbort(attempt, known, this.events, error)
        : outcomeOfError(error, attempt, known, this.events);
    }
  }

  private async compose(): Promise<(call: JobCall) => Promise<unknown>> {
    const middleware = await this.middleware.aroundPerform();
    const isHandled = this.registry.definitions().some((definition) => definition.isHandled);
    const links = isHandled ? middleware.flatMap((link) => [link, keepScope]) : middleware;
    return compose(links, (call) => this.body(call));
  }

  /** The innermost step of the middleware chain. */
  private async body({ payload, context }: JobCall): Promise<unknown> {
    const definition = this.registry.find(context.name)!;
    // Middleware may pass a context that it made itself.
    const own = context instanceof AttemptContext ? context : undefined;
    try {
      const job = await definition.instance(context);
      if (own) own.of.phase = 'performing';
      return await job.perform(payload, context);
    } catch (error) {
      // What the job itself has entered (`enterWith`) is current now.
      if (definition.isHandled) own?.keepScope();
      throw error;
    } finally {
      if (own) own.of.phase = 'middleware';
    }
  }
}

/** Stands after each middleware. A middleware that throws, or a job that is abandoned, still has the context of the ones before. */
function keepScope({ context }: JobCall, next: () => Promise<unknown>): Promise<unknown> {
  if (context instanceof AttemptContext) context.keepScope();
  return next();
}

function factOf({ job, startedAt, subject }: Attempt, { known }: Admission): AttemptFact {
  const { id, name, queue, attempt, dueAt } = job;
  const attempts = known?.policy.attempts ?? job.attempts;
  return { id, name, queue, subject, attempt, attempts, wait: Math.max(0, startedAt - dueAt) };
}

/** Undefined unless the class asks for its payload in logs. */
function payloadToShow({ logPayload }: JobDefinition, payload: unknown): unknown {
  if (logPayload === undefined || logPayload === false) return undefined;
  try {
    const shown: unknown = logPayload === true ? payload : logPayload(payload);
    // A value that no log can write (a bigint, a cycle) must not cost the line.
    JSON.stringify(shown);
    return shown;
  } catch (thrown) {
    return `logPayload: ${asError(thrown).message}`;
  }
}
