import { FledgeError } from '../errors.js';
import { didYouMean } from '../nearest.js';
import type { ResolvedJobsOptions } from '../options.js';
import type { QueuePlan } from '../store.js';

/**
 * Which of the declared queues this worker serves: those that JOBS_QUEUES names, or all.
 * @throws FledgeError `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_OPTION_INVALID`
 */
export function queuesToServe(
  { queues }: ResolvedJobsOptions,
  env: Readonly<Record<string, string | undefined>> = process.env,
): QueuePlan[] {
  const declared = [...queues].map(([name, { concurrency }]) => ({ name, concurrency }));
  if (env.JOBS_QUEUES === undefined) return declared;
  const wanted = env.JOBS_QUEUES.split(',').map((name) => name.trim());
  const names = new Set(wanted.filter((name) => name !== ''));
  if (names.size === 0) {
    throw new FledgeError(
      'FLEDGE_OPTION_INVALID',
      'JOBS_QUEUES is set but names no queue. Write JOBS_QUEUES=default,mailers, or unset it to serve all.',
    );
  }
  const unknown = [...names].find((name) => !queues.has(name));
  if (unknown !== undefined) {
    throw new FledgeError(
      'FLEDGE_QUEUE_UNDECLARED',
      `JOBS_QUEUES names "${unknown}", which JobsModule.forRoot does not declare (declared: ${[...queues.keys()].join(', ')}).${didYouMean(unknown, queues.keys())}`,
    );
  }
  return declared.filter(({ name }) => names.has(name));
}
