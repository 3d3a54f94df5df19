import type { Attempt, JobSnapshot } from '../store/attempt.js';
import { day, humanDuration, minute, second } from '../values/duration.js';
import { damagedJob, openEnvelope, type Envelope } from '../store/envelope.js';
import { foreignJob, noName } from '../store/foreign-job.js';
import { FledgeError } from '../values/errors.js';
import type { Outcome } from '../store/outcome.js';
import { policyOfJob, type Policy } from '../job/retry/policy.js';
import type { JobDefinition, JobRegistry } from '../discovery/registry.js';
import type { JobCall } from '../job/calls.js';
import type { JobEvents } from '../events/events.js';
import { AttemptContext } from './attempt-context.js';
import type { OutputLimits } from './output-limits.js';
import { missedTick } from './missed-tick.js';
import { pauseOf, putOff, putOffTick, type PausedAttempt } from './paused.js';
import type { JobSubjects, MissingSubject } from '../job/subjects.js';
import { tickMissed, tickOverlaps } from '../job/schedule/tick.js';
import { storeableError } from '../values/stored-error.js';
import { isTime } from '../values/readers.js';

const parkFor = minute;
const parkAtMost = day;
const overlapWait = 5 * second;
const crashesAllowed = 5;
const renameAdvice = "After a rename, keep the old name with @Job({ aliases: ['…'] })";

/** A job whose class this application has. */
export interface KnownJob {
  readonly definition: JobDefinition;
  readonly envelope: Envelope;
  readonly policy: Policy;
}

/** An attempt that may run. */
export interface Admitted {
  readonly refused?: undefined;
  readonly known: KnownJob;
  readonly call: JobCall;
}

/** An attempt that has its outcome before it begins. */
export type Refused =
  | { readonly refused: Outcome; readonly known: KnownJob; readonly call: JobCall }
  | { readonly refused: Outcome; readonly known?: undefined; readonly call?: undefined };

export type Admission = Admitted | Refused;

export interface AdmissionParts {
  readonly registry: JobRegistry;
  readonly events: JobEvents;
  readonly limits: OutputLimits;
}

/** Decides whether the attempt may reach user code. Returns a promise only for a job that a schedule made. */
export function admit(
  attempt: Attempt,
  { registry, events, limits }: AdmissionParts,
): Admission | Promise<Admission> {
  const { job } = attempt;
  const opened = openEnvelope(job.data);
  if (opened.state === 'foreign')
    return { refused: { kind: 'killed', error: errorOfForeign(job, registry) } };
  if (opened.state === 'damaged') return { refused: { kind: 'killed', error: opened.error } };
  if (opened.state === 'newer') {
    const why = `its data has version ${opened.version}, this worker reads 1`;
    return { refused: park(attempt, job.data, { why, advice: renameAdvice }) };
  }
  const { envelope } = opened;
  if (envelope.subject !== undefined) attempt.subject = envelope.subject;
  const definition = registry.find(job.name);
  if (!definition) return { refused: refusal(attempt, envelope) ?? waitForClass(attempt, envelope) };
  const missing = definition.subjects && missingSubject(attempt, definition.subjects, envelope);
  const policy = policyOfJob(definition.policy, envelope.call, job.attempts);
  const known = { definition, envelope, policy };
  const call = callOf(attempt, known, limits);
  const paused = pauseOf(attempt, definition);
  const refused =
    refusal(attempt, envelope) ??
    expiry(attempt, envelope, policy) ??
    (paused && !envelope.tick ? putOff(paused) : undefined) ??
    (missing && park(attempt, envelope, missing));
  if (refused) return { refused, known, call };
  return envelope.tick ? admitTick(attempt, { known, call }, paused, events) : { known, call };
}

/** Puts off a job whose class this worker does not have. */
function waitForClass(attempt: Attempt, envelope: Envelope): Outcome {
  const paused = pauseOf(attempt, undefined);
  if (paused) return putOff(paused);
  const why = `no job class here has the name "${attempt.job.name}"`;
  return park(attempt, envelope, { why, advice: renameAdvice });
}

/** The error of a job without an envelope. Of an evicted record nothing is left, not even its name. */
function errorOfForeign({ name, scheduler }: JobSnapshot, registry: JobRegistry): FledgeError {
  if (name === noName) return damagedJob('its record is missing');
  return foreignJob({ name, scheduler, isKnown: registry.find(name) !== undefined });
}

/**
 * Names the attempt's subject. Returns why this worker cannot run it, or undefined if it can. A payload that middleware has
 * encrypted has no subject, and a job of an earlier Fledge has none in its envelope.
 */
function missingSubject(
  attempt: Attempt,
  subjects: JobSubjects,
  envelope: Envelope,
): MissingSubject | undefined {
  const subject = subjects.nameOf(envelope.payload) ?? envelope.subject;
  if (subject === undefined) return undefined;
  attempt.subject = subject;
  return subjects.missing(subject);
}

/**
 * Drops a missed tick, or runs its job late, depending on the schedule's option `missed`. Lets a run of a paused class wait. Drops
 * a run that would overlap with another one, if the schedule's option `overlap` says so.
 */
async function admitTick(
  attempt: Attempt,
  admitted: Admitted,
  paused: PausedAttempt | undefined,
  events: JobEvents,
): Promise<Admission> {
  const { envelope } = admitted.known;
  const tick = await missedTick(attempt, envelope);
  if (tick && envelope.tick?.missed !== 'once')
    return { ...admitted, refused: { kind: 'expired', reason: tickMissed(tick) } };
  if (paused && envelope.tick)
    return { ...admitted, refused: await putOffTick(attempt, envelope.tick.schedule, paused) };
  if (envelope.tick?.overlap === 'skip' && !((await attempt.port.claimRun?.(envelope.tick.schedule)) ?? true))
    return { ...admitted, refused: overlap(attempt, envelope.tick.schedule) };
  if (!tick) return admitted;
  const { id, name, queue } = attempt.job;
  events.emit({ type: 'tick-made-up', id, name, queue, schedule: tick.schedule, tick: tick.at });
  return admitted;
}

/** A run that has begun is not lost: its next attempt waits until the run that is in its way has ended. */
function overlap({ job }: Attempt, schedule: string): Outcome {
  const reason = tickOverlaps(schedule);
  return job.starts > 1 ? { kind: 'snoozed', delay: overlapWait, reason } : { kind: 'expired', reason };
}

function callOf(attempt: Attempt, { definition, envelope, policy }: KnownJob, limits: OutputLimits): JobCall {
  const { payload, meta = {}, notes } = envelope;
  const { logLevel } = definition;
  const context = new AttemptContext(attempt, limits, payload, meta, policy.attempts, logLevel, notes);
  return { payload, context };
}

/** Returns the outcome of a job that no worker should run. */
function refusal(attempt: Attempt, envelope: Envelope): Outcome | undefined {
  const { abortError } = attempt;
  if (abortError?.reason === 'cancel') return { kind: 'cancelled', reason: abortError };
  const crashes = crashesOf(attempt, envelope);
  if (crashes < crashesAllowed) return undefined;
  const error = poison(attempt.title, crashes);
  return { kind: 'killed', error, note: { error: storeableError(error) } };
}

function expiry(
  { job, port, title }: Attempt,
  { expiryFrom }: Envelope,
  { expiresIn }: Policy,
): Outcome | undefined {
  if (expiresIn === undefined) return undefined;
  const late = port.now() - (expiryFrom ?? job.firstDueAt);
  if (late <= expiresIn) return undefined;
  const reason = new FledgeError(
    'FLEDGE_JOB_EXPIRED',
    `${title} was not started because it was due ${humanDuration(late)} ago and expires after ${humanDuration(expiresIn)}. Check that the queue ${job.queue} has enough workers.`,
  );
  return { kind: 'expired', reason };
}

/** How often in a row the worker process died or froze while it ran this job. */
export function crashesOf({ job }: Attempt, { crashesForgiven = 0 }: Envelope): number {
  return job.crashes - crashesForgiven;
}

/** In a rolling deploy an older worker may get a newer job. The job waits for a newer worker, for at most a day. */
function park({ port }: Attempt, data: unknown, { why, advice }: MissingSubject): Outcome {
  const now = port.now();
  const noted = (data as { readonly parkedAt?: unknown }).parkedAt;
  // In a newer envelope the field may hold anything. With a time in the future, the wait would never end.
  const parkedAt = isTime(noted) && noted <= now ? noted : now;
  const reason = new FledgeError(
    'FLEDGE_JOB_UNKNOWN',
    `This worker cannot run the job: ${why}. The job waits up to 24 hours for a worker that can. Deploy one. ${advice}.`,
  );
  if (now - parkedAt >= parkAtMost)
    return { kind: 'killed', error: reason, note: { error: storeableError(reason) } };
  return { kind: 'snoozed', delay: parkFor, reason, note: { parkedAt } };
}

function poison(name: string, crashes: number): FledgeError {
  return new FledgeError(
    'FLEDGE_JOB_POISON',
    `${name} was killed because its worker process died or froze ${crashes} times in a row while running it. Check the last log lines of those processes (out of memory, a native crash, process.exit), then retry the job.`,
  );
}
