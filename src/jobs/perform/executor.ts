import { Injectable } from '@nestjs/common';
import { admit, crashesOf, type Admission, type Known } from './admission.js';
import type { Attempt } from '../store/attempt.js';
import { DiscardJob, KillJob, SnoozeJob } from '../job/retry/control-errors.js';
import { sidekiqBackoff } from '../job/retry/backoff.js';
import { currentAttempt } from './current-attempt.js';
import { humanDuration } from '../values/duration.js';
import type { Envelope, EnvelopeNotes } from '../store/envelope.js';
import { asError } from '../values/errors.js';
import { JobEvents } from '../events/events.js';
import { afterFailure } from './after-failure.js';
import { AttemptContext } from './attempt-context.js';
import { compose } from '../values/middleware.js';
import { MiddlewareChain } from '../discovery/middleware-chain.js';
import { missedTick } from './missed-tick.js';
import type { JobCall } from '../job/calls.js';
import type { Outcome } from '../store/outcome.js';
import { usualAttempts } from '../job/retry/policy.js';
import { JobRegistry, type JobDefinition } from '../discovery/registry.js';
import { storeableError } from '../values/stored-error.js';
import { tickMissed } from '../job/schedule/tick.js';

/** Runs attempts. The only way that a job is ever run: by a worker, in memory, or now, in this process. */
@Injectable()
export class Executor {
  private chain?: (call: JobCall) => Promise<unknown>;

  constructor(
    private readonly registry: JobRegistry,
    private readonly middleware: MiddlewareChain,
    private readonly events: JobEvents,
  ) {}

  /** Never throws: every attempt ends in exactly one outcome. */
  async execute(attempt: Attempt): Promise<Outcome> {
    // Not around another function: that would cost every job a promise.
    try {
      const { id, name, queue, attempt: number, dueAt } = attempt.fields;
      const admitted = admit(attempt, this.registry);
      const admission = admitted.known?.envelope.tick ? await this.admitTick(attempt, admitted) : admitted;
      const startedAt = performance.now();
      const wait = Math.max(0, attempt.startedAt - dueAt);
      const { known } = admission;
      const attempts = known?.policy.attempts ?? attempt.fields.attempts;
      const fact = { id, name, queue, attempt: number, attempts, wait };
      if (!admission.outcome) this.events.emit({ type: 'started', ...fact });
      const call = known && callOf(attempt, known);
      const outcome = admission.outcome ?? (await this.performOrAbandon(attempt, known!, call!));
      const duration = performance.now() - startedAt;
      const payload = known && payloadToShow(known.definition, known.envelope.payload);
      const { inline } = attempt.fields;
      this.events.emit({ type: 'finished', ...fact, duration, outcome, inline, call, payload });
      return outcome;
    } catch (thrown) {
      return this.unexpected(attempt, asError(thrown));
    }
  }

  /**
   * Something outside of the job's own code threw: its error cannot be looked at (a proxy whose traps throw), or Fledge has
   * a fault. It counts as a failure like any other, with the usual wait, since nothing is known of the job's own policy.
   */
  private unexpected(attempt: Attempt, error: Error): Outcome {
    const { id, name, queue, attempt: number, inline, random, attempts: stored } = attempt.fields;
    const attempts = Math.min(stored, usualAttempts);
    const failed: Outcome = { kind: 'failed', error };
    const outcome: Outcome =
      attempt.abortReason === 'lease'
        ? { kind: 'lost' }
        : number < attempts
          ? { ...failed, retryIn: sidekiqBackoff(number, random) }
          : failed;
    const fact = { id, name, queue, attempt: number, attempts, wait: 0 };
    this.events.emit({ type: 'finished', ...fact, duration: 0, outcome, inline });
    return outcome;
  }

  /** A tick that came while nobody worked is dropped, or made up for, as its schedule says. */
  private async admitTick(attempt: Attempt, admission: Admission): Promise<Admission> {
    const { known, outcome } = admission;
    const tick = known && !outcome && (await missedTick(attempt, known.envelope));
    if (!tick) return admission;
    if (known.envelope.tick?.missed !== 'once')
      return { known, outcome: { kind: 'expired', reason: tickMissed(tick) } };
    const { id, name, queue } = attempt.fields;
    this.events.emit({ type: 'tick-made-up', id, name, queue, schedule: tick.schedule, tick: tick.at });
    return admission;
  }

  /** Ends with the body, or with the stop's grace; not a `Promise.race`, which costs every job what few need. */
  private performOrAbandon(attempt: Attempt, known: Known, call: JobCall): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      attempt.onAbandon = () => resolve(this.afterAbort(attempt, known));
      const perform = (): Promise<Outcome> =>
        known.policy.timeout === undefined
          ? this.perform(attempt, known, call)
          : this.performInTime(attempt, known, call, known.policy.timeout);
      const isWatched = crashesOf(attempt, known.envelope) > 0;
      const performed = isWatched ? currentAttempt.run(attempt, perform) : perform();
      performed.then(resolve, reject);
    });
  }

  private async performInTime(
    attempt: Attempt,
    known: Known,
    call: JobCall,
    timeout: number,
  ): Promise<Outcome> {
    const timer = setTimeout(() => attempt.abort('timeout', `timeout ${humanDuration(timeout)}`), timeout);
    try {
      return await this.perform(attempt, known, call);
    } finally {
      clearTimeout(timer);
    }
  }

  private async perform(attempt: Attempt, known: Known, call: JobCall): Promise<Outcome> {
    try {
      if (attempt.fields.begin) await attempt.fields.begin();
      const run = (this.chain ??= compose(await this.middleware.aroundPerform(), (call) => this.body(call)));
      const result = await run(call);
      return attempt.abortReason === 'lease' ? { kind: 'lost' } : { kind: 'completed', result };
    } catch (thrown) {
      const error = asError(thrown);
      return attempt.abortReason
        ? this.afterAbort(attempt, known, error)
        : this.outcomeOf(error, attempt, known);
    }
  }

  private outcomeOf(error: Error, attempt: Attempt, { envelope, policy }: Known): Outcome {
    if (error instanceof DiscardJob) return { kind: 'discarded', error };
    const note = pardon(attempt, envelope);
    if (error instanceof SnoozeJob) return { kind: 'snoozed', delay: error.delay, reason: error, note };
    if (error instanceof KillJob) return { kind: 'killed', error, note: { error: storeableError(error) } };
    const { id, name, attempt: number } = attempt.fields;
    const onBackoffError = (thrown: unknown): void =>
      this.events.emit({
        type: 'warning',
        code: 'FLEDGE_BACKOFF_FAILED',
        message: `The backoff of ${name} ${id} is not usable (${asError(thrown).message}), so the job is tried again along Sidekiq's curve. Let the function return a duration for every attempt and error.`,
      });
    return afterFailure({
      error,
      attempt: number,
      now: attempt.fields.now(),
      random: attempt.fields.random,
      policy,
      envelope,
      note,
      onBackoffError,
    });
  }

  /** The abort's reason decides, not what was thrown because of it. */
  private afterAbort(attempt: Attempt, known: Known, thrown?: Error): Outcome {
    const { crashesForgiven = 0 } = known.envelope;
    const abortion = attempt.abortion!;
    switch (abortion.reason) {
      case 'lease':
        return { kind: 'lost' };
      case 'shutdown':
        return { kind: 'interrupted' };
      case 'crash':
        // A job that ends its process by an exception that nobody catches is as poisonous as one that kills it.
        return { kind: 'interrupted', note: { crashesForgiven: crashesForgiven - 1 } };
      case 'cancel':
        return { kind: 'cancelled', reason: abortion };
      case 'timeout': {
        const isItself = thrown === undefined || thrown === abortion;
        return this.outcomeOf(isItself ? abortion : abortion.because(thrown), attempt, known);
      }
    }
  }

  /** The innermost of the chain. */
  private async body({ payload, context }: JobCall): Promise<unknown> {
    const definition = this.registry.find(context.name)!;
    const job = await definition.instance(context);
    // Middleware may hand on a context of its own making.
    const attempt = context instanceof AttemptContext ? context.of : undefined;
    if (attempt) attempt.phase = 'performing';
    try {
      return await job.perform(payload, context);
    } finally {
      if (attempt) attempt.phase = 'middleware';
    }
  }
}

function callOf(attempt: Attempt, { definition, envelope, policy }: Known): JobCall {
  const { meta = {}, notes } = envelope;
  const context = new AttemptContext(attempt, meta, policy.attempts, definition.logLevel, notes);
  return { payload: envelope.payload, context };
}

/** An attempt that ended in order: its crashes, and that it was parked, are forgotten. */
function pardon(
  { fields: { crashes } }: Attempt,
  { crashesForgiven = 0, parkedAt }: Envelope,
): EnvelopeNotes {
  if (crashes <= crashesForgiven && parkedAt === undefined) return {};
  return { crashesForgiven: crashes, parkedAt: undefined };
}

/** Nothing of it, unless the class asks for it. */
function payloadToShow({ logPayload }: JobDefinition, payload: unknown): unknown {
  if (logPayload === undefined || logPayload === false) return undefined;
  try {
    const shown: unknown = logPayload === true ? payload : logPayload(payload);
    // What no log can write (a bigint, a cycle) must not cost the line.
    JSON.stringify(shown);
    return shown;
  } catch (thrown) {
    return `logPayload: ${asError(thrown).message}`;
  }
}
