import type { Attempt } from '../store/attempt.js';
import { humanDuration } from '../values/duration.js';
import { openEnvelope, type Envelope } from '../store/envelope.js';
import { FledgeError } from '../values/errors.js';
import type { Outcome } from '../store/outcome.js';
import { policyOfJob, type Policy } from '../job/retry/policy.js';
import type { JobDefinition, JobRegistry } from '../discovery/registry.js';
import { storeableError } from '../values/stored-error.js';
import { isTime } from '../values/readers.js';

const parkFor = 60_000;
const parkAtMost = 24 * 3_600_000;
const crashesAllowed = 5;

/** A job whose class is known here. */
export interface Known {
  readonly definition: JobDefinition;
  readonly envelope: Envelope;
  readonly policy: Policy;
}

/** With an outcome, the attempt is over before it begins. */
export type Admission =
  | { readonly known: Known; readonly outcome?: Outcome }
  | { readonly known?: undefined; readonly outcome: Outcome };

/** Whether the job may meet user code at all. */
export function admit(attempt: Attempt, registry: JobRegistry): Admission {
  const { fields } = attempt;
  const opened = openEnvelope(fields.data);
  if (opened.state === 'damaged') return { outcome: { kind: 'killed', error: opened.error } };
  if (opened.state === 'newer') {
    return {
      outcome: park(attempt, fields.data, `its data has version ${opened.version}, this worker reads 1`),
    };
  }
  const { envelope } = opened;
  const definition = registry.find(fields.name);
  if (!definition) {
    return {
      outcome:
        refusal(attempt, envelope) ??
        park(attempt, envelope, `no job class here has the name "${fields.name}"`),
    };
  }
  const policy = policyOfJob(definition.policy, envelope.call, fields.attempts);
  const outcome = refusal(attempt, envelope) ?? expiry(attempt, envelope, policy);
  return { known: { definition, envelope, policy }, ...(outcome && { outcome }) };
}

/** Of a job that is not to be run by anybody. */
function refusal(attempt: Attempt, envelope: Envelope): Outcome | undefined {
  if (attempt.abortReason === 'cancel') return { kind: 'cancelled', reason: attempt.abortion! };
  const crashes = crashesOf(attempt, envelope);
  if (crashes < crashesAllowed) return undefined;
  const error = poison(attempt.fields.name, crashes);
  return { kind: 'killed', error, note: { error: storeableError(error) } };
}

function expiry({ fields }: Attempt, { expiryFrom }: Envelope, { expiresIn }: Policy): Outcome | undefined {
  if (expiresIn === undefined) return undefined;
  const late = fields.now() - (expiryFrom ?? fields.firstDueAt);
  if (late <= expiresIn) return undefined;
  const reason = new FledgeError(
    'FLEDGE_JOB_EXPIRED',
    `${fields.name} was not started: it was due ${humanDuration(late)} ago, and expires after ${humanDuration(expiresIn)}. Are there enough workers for ${fields.queue}?`,
  );
  return { kind: 'expired', reason };
}

/** How often in a row a process ended, or froze, with this job in hand. */
export function crashesOf({ fields }: Attempt, { crashesForgiven = 0 }: Envelope): number {
  return fields.crashes - crashesForgiven;
}

/** An older worker in a rolling deploy meets a newer job: it waits for a newer worker, for a day at most. */
function park({ fields }: Attempt, data: unknown, why: string): Outcome {
  const now = fields.now();
  const noted = (data as { readonly parkedAt?: unknown }).parkedAt;
  // Of a newer envelope nothing else is known, so that this may be anything: a time to come would never be over.
  const parkedAt = isTime(noted) && noted <= now ? noted : now;
  const reason = new FledgeError(
    'FLEDGE_JOB_UNKNOWN',
    `This worker cannot run the job: ${why}. It waits for a worker that can, up to 24 hours. Deploy one; after a rename, keep the old name: @Job({ aliases: ['…'] }).`,
  );
  if (now - parkedAt >= parkAtMost)
    return { kind: 'killed', error: reason, note: { error: storeableError(reason) } };
  return { kind: 'snoozed', delay: parkFor, reason, note: { parkedAt } };
}

function poison(name: string, crashes: number): FledgeError {
  return new FledgeError(
    'FLEDGE_JOB_POISON',
    `${name} was killed: ${crashes} times in a row a process died, or froze, with this job in hand. Look in those processes' last log lines (out of memory? a native crash? process.exit?), then retry it.`,
  );
}
