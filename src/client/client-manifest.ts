import { byFunction, type JobsManifest } from '../jobs/job/jobs-manifest.js';
import { unknownName } from '../jobs/values/did-you-mean.js';
import { FledgeError, invalidOption } from '../jobs/values/errors.js';
import { isObject, isTextList } from '../jobs/values/readers.js';
import type { ClientJobOptions } from './client-job.js';
import type { ClientMailerOptions } from './client-mailer.js';

const again = 'Write the manifest again with writeJobsManifest.';

/**
 * Checks the shape of a manifest, which may come from any file.
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function checkManifest(manifest: JobsManifest): void {
  const isNamed = (lists: unknown): boolean => isObject(lists) && Object.values(lists).every(isObject);
  const isManifest =
    isObject(manifest) && isTextList(manifest.queues) && isNamed(manifest.jobs) && isNamed(manifest.mailers);
  if (!isManifest)
    throw invalidOption(
      `manifest of createJobsClient is not a manifest, which has queues, jobs and mailers. ${again}`,
    );
}

/**
 * Returns the options of a job. They are all in the manifest, except for a function in `unique.by`.
 *
 * @param given the options of `job()`
 * @throws FledgeError `FLEDGE_JOB_NOT_REGISTERED`, `FLEDGE_OPTION_INVALID`
 */
export function jobOptionsIn(
  manifest: JobsManifest,
  name: string,
  given: ClientJobOptions,
): ClientJobOptions {
  const { jobs } = manifest;
  const options = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  if (!options)
    throw new FledgeError(
      'FLEDGE_JOB_NOT_REGISTERED',
      `${unknownName('job', name, Object.keys(jobs), 'the manifest')} Pass the stored name. If the application has the job, write the manifest again with writeJobsManifest.`,
    );
  const isByFunction = options.unique?.by === byFunction;
  const { unique, ...others } = given;
  const repeated = Object.keys(isByFunction ? others : given);
  if (repeated.length > 0)
    throw invalidOption(
      `job() of ${name}: the manifest already has its ${repeated.join(', ')}. Remove the options from job().`,
    );
  if (!isByFunction) return options as ClientJobOptions;
  if (unique === undefined)
    throw invalidOption(
      `job() of ${name}: its unique.by is a function, which a manifest cannot contain. Pass the class's unique: job<${name}>({ unique: { by: … } }).`,
    );
  return { ...options, unique };
}

/** @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_OPTION_INVALID` */
export function mailerOptionsIn(
  { mailers }: JobsManifest,
  name: string,
  given: ClientMailerOptions,
): ClientMailerOptions {
  const options = Object.hasOwn(mailers, name) ? mailers[name] : undefined;
  if (!options)
    throw new FledgeError(
      'FLEDGE_MAILER_NOT_REGISTERED',
      `${unknownName('mailer', name, Object.keys(mailers), 'the manifest')} Pass the stored name. If the application has the mailer, write the manifest again with writeJobsManifest.`,
    );
  if (given.actions !== undefined)
    throw invalidOption(
      `mailer() of ${name}: the manifest already has its actions. Remove them from mailer().`,
    );
  if (!isTextList(options.actions))
    throw invalidOption(`manifest of createJobsClient: the actions of ${name} are not a list. ${again}`);
  return options;
}
