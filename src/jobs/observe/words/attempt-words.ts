import type { AttemptEvent } from '../../events/job-events.js';
import { SnoozeJob } from '../../job/retry/control-errors.js';
import type { Outcome } from '../../store/outcome.js';
import { titleOf } from '../../job/subjects.js';
import { humanDuration } from '../../values/duration.js';
import { error, factsOf, log, warn, type LogLine, type Words } from './log-line.js';

type Finished = AttemptEvent & { readonly type: 'finished' };

/** The parts that the lines of all outcomes share. */
interface Parts {
  readonly event: Finished;
  readonly job: string;
  readonly took: string;
  readonly facts: () => Readonly<Record<string, unknown>>;
}

type OutcomeOf<Kind> = Extract<Outcome, { readonly kind: Kind }>;

export const attemptWords = {
  started(event) {
    const attempt = event.attempt > 1 ? `, attempt ${ordinal(event)}` : '';
    const text = `${titleOf(event)} ${event.id} started on ${event.queue}${attempt}`;
    return { level: 'debug', text, fields: () => attemptOf(event) };
  },
  finished(event) {
    const { outcome } = event;
    return outcomeWords(outcome, {
      event,
      job: `${titleOf(event)} ${event.id}`,
      took: humanDuration(event.duration),
      facts: () => ({
        ...attemptOf(event),
        duration: Math.round(event.duration),
        outcome: outcome.kind,
        ...(event.payload === undefined ? {} : { payload: event.payload }),
      }),
    });
  },
} satisfies Words<AttemptEvent>;

function outcomeWords(outcome: Outcome, parts: Parts): LogLine {
  const { job, took, facts } = parts;
  switch (outcome.kind) {
    case 'completed':
      return completed(parts);
    case 'failed':
      return failed(outcome, parts);
    case 'killed':
      return error(`${job} killed: ${outcome.error.message}`, facts);
    case 'discarded':
      return log(`${job} discarded after ${took}: ${outcome.error.message}`, facts);
    case 'expired':
      // A schedule that has one run at once may skip a run every second, which is what it was told to do.
      if (outcome.reason.code === 'FLEDGE_TICK_OVERLAP')
        return { level: 'debug', text: `${job} skipped: ${outcome.reason.message}`, fields: facts };
      return warn(`${job} dropped: ${outcome.reason.message}`, facts);
    case 'cancelled':
      return log(`${job} cancelled after ${took}: ${outcome.reason.message}`, facts);
    case 'snoozed':
      return snoozed(outcome, parts);
    case 'interrupted':
      return log(`${job} was interrupted after ${took} and goes back to its queue`, facts);
    case 'lost':
      return warn(`${job} was lost after ${took}: another worker may be running it`, facts);
  }
}

function completed({ event, job, took, facts }: Parts): LogLine {
  const payload = event.payload === undefined ? '' : ` ${JSON.stringify(event.payload)}`;
  const waited = `waited ${humanDuration(event.wait)}`;
  return log(
    `${job} performed in ${took} (${event.queue}, attempt ${ordinal(event)}, ${waited})${payload}`,
    facts,
  );
}

function failed(outcome: OutcomeOf<'failed'>, { event, job, took, facts }: Parts): LogLine {
  const next =
    outcome.retryIn === undefined
      ? `${event.inline ? '' : 'dead after '}attempt ${ordinal(event)}`
      : `attempt ${ordinal(event)}, again in ${humanDuration(outcome.retryIn)}`;
  return { ...error(`${job} failed after ${took} (${next})`, facts), stack: outcome.error.stack };
}

function snoozed({ delay, reason, paused }: OutcomeOf<'snoozed'>, { job, facts }: Parts): LogLine {
  // The worker has logged the pause. Thousands of jobs may be put off.
  if (paused) return { level: 'debug', text: `${job} waits until ${paused.by} is resumed`, fields: facts };
  if (reason instanceof SnoozeJob)
    return log(`${job} snoozed for ${humanDuration(delay)}: ${reason.message}`, facts);
  return warn(`${job} postponed for ${humanDuration(delay)}: ${reason.message}`, facts);
}

/** With `retryFor`, the number of attempts is not known in advance. */
function ordinal({ attempt, attempts }: { attempt: number; attempts: number }): string {
  return attempts === Infinity ? String(attempt) : `${attempt} of ${attempts}`;
}

function attemptOf(event: AttemptEvent): Record<string, unknown> {
  return { ...factsOf(event), attempt: event.attempt, wait: Math.round(event.wait) };
}
