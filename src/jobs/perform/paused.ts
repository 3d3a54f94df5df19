import type { JobDefinition } from '../discovery/registry.js';
import type { Attempt } from '../store/attempt.js';
import type { Outcome } from '../store/outcome.js';
import { putOffFor, type Pause } from '../store/pauses.js';
import { FledgeError } from '../values/errors.js';

/** A pause that applies to an attempt. */
export interface PausedAttempt {
  readonly pause: Pause;
  readonly everyJob: boolean;
}

/** Returns the pause that applies to the attempt. While nothing is paused, it costs a property check. */
export function pauseOf(
  { job: { name }, port: { pauses }, subject }: Attempt,
  definition: JobDefinition | undefined,
): PausedAttempt | undefined {
  if (pauses === undefined || pauses.size === 0) return undefined;
  const className = definition?.name;
  const pause = pauses.find({ name, className, subject });
  return pause && { pause, everyJob: pause.name === name || pause.name === className };
}

/** A paused job spends no attempt. It gives its slot to other jobs and waits until it is resumed. */
export function putOff({ pause: { name }, everyJob }: PausedAttempt): Outcome {
  const reason = new FledgeError(
    'FLEDGE_JOB_PAUSED',
    `Jobs of ${name} are paused. The job waits until they are resumed. Run fledge resume job ${name}, or call JobsInspector.resumeJob("${name}").`,
  );
  return { kind: 'snoozed', delay: putOffFor, reason, paused: { by: name, everyJob } };
}

/**
 * Puts off a run of a schedule. One run of a schedule waits. Further runs are dropped, so that they don't pile up. A run that
 * has failed before is never dropped.
 */
export async function putOffTick(
  { job, port }: Attempt,
  schedule: string,
  paused: PausedAttempt,
): Promise<Outcome> {
  const waits = ((await port.waitForResume?.(schedule)) ?? true) || job.attempt > 1;
  if (waits) return putOff(paused);
  const reason = new FledgeError(
    'FLEDGE_TICK_OVERLAP',
    `A run of ${schedule} was skipped because jobs of ${paused.pause.name} are paused, and an earlier run waits until they are resumed.`,
  );
  return { kind: 'expired', reason };
}
