import type { JobSubjects } from '../job/subjects.js';
import { FledgeError } from '../values/errors.js';

const namePattern = /^[A-Za-z_$][\w$.:-]{0,127}$/;

/** A job and the class, or the method of @nestjs/schedule, that it runs. */
interface NamedJob {
  readonly name: string;
  readonly jobClass: { readonly name: string };
  readonly adopted: object | undefined;
  readonly subjects: JobSubjects | undefined;
}

/** @throws FledgeError `FLEDGE_JOB_NAME_INVALID` */
export function checkNames(
  { name: own, jobClass }: Pick<NamedJob, 'name' | 'jobClass'>,
  aliases: readonly string[],
): void {
  const name = [own, ...aliases].find((candidate) => !namePattern.test(candidate));
  if (name === undefined) return;
  throw new FledgeError(
    'FLEDGE_JOB_NAME_INVALID',
    `${jobClass.name} has the name ${JSON.stringify(name)}, which is not valid. Use at most 128 letters, digits and "_", "$", ".", ":", "-", and start with a letter.`,
  );
}

/**
 * Notes the names of a job.
 * @throws FledgeError `FLEDGE_JOB_DUPLICATE_NAME`, `FLEDGE_SCHEDULE_DUPLICATE_NAME`
 */
export function claimNames<Job extends NamedJob>(
  byName: Map<string, Job>,
  definition: Job,
  aliases: readonly string[],
): void {
  for (const name of new Set([definition.name, ...aliases])) {
    const other = byName.get(name);
    if (other?.subjects && definition.subjects) throw definition.subjects.twice();
    if (other)
      throw definition.adopted
        ? duplicateMethod(name, other, definition)
        : duplicate(name, other, definition);
    byName.set(name, definition);
  }
}

function duplicate(name: string, { jobClass: one }: NamedJob, { jobClass: other }: NamedJob): FledgeError {
  return new FledgeError(
    'FLEDGE_JOB_DUPLICATE_NAME',
    `Two job classes have the name "${name}": ${one.name} and ${other.name}. Set another name for one of them: @Job({ name: '…' }).`,
  );
}

function duplicateMethod(name: string, one: NamedJob, { jobClass: { name: method } }: NamedJob): FledgeError {
  const isSame = one.adopted !== undefined && one.jobClass.name === method;
  const what = isSame
    ? `The method ${method} has two instances, so its schedule "${name}" would run twice. Provide its class in one module only, and export it from there.`
    : `Two schedules have the name "${name}": ${one.jobClass.name} and the @Cron or @Interval method ${method}. Set another name for one of them: @Cron('…', { name: '…' }) or @Interval('…', milliseconds).`;
  return new FledgeError('FLEDGE_SCHEDULE_DUPLICATE_NAME', what);
}
