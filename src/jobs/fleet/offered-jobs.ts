import { createHash } from 'node:crypto';
import type { ResolvedJobsOptions } from '../config/resolved-options.js';
import type { JobDefinition, JobRegistry } from '../discovery/registry.js';
import type { UniquePlan } from '../job/unique.js';
import type { CatalogJob, CatalogUnique, JobCatalog, StoredCatalog } from '../store/job-catalog.js';

/** Describes the job classes of this process for processes without the application, such as `fledge enqueue`. */
export function offeredJobs(
  registry: Pick<JobRegistry, 'definitions' | 'namesOf'>,
  { queues, payloadLimit, enqueueMiddleware }: ResolvedJobsOptions,
): StoredCatalog {
  const catalog: JobCatalog = {
    queues: [...queues.keys()],
    payloadLimit,
    enqueueMiddleware: enqueueMiddleware.map(nameOf),
    jobs: registry.definitions().map((definition) => offered(definition, registry)),
  };
  const text = JSON.stringify(catalog);
  return { id: createHash('sha256').update(text).digest('base64url').slice(0, 22), text };
}

function offered(definition: JobDefinition, registry: Pick<JobRegistry, 'namesOf'>): CatalogJob {
  const { name, queue, policy, priority, unique, subjects, jobClass } = definition;
  const [, ...aliases] = registry.namesOf(jobClass);
  return {
    name,
    ...(aliases.length > 0 && { aliases }),
    queue,
    ...(Number.isFinite(policy.attempts) && { attempts: policy.attempts }),
    ...(priority !== undefined && { priority }),
    ...(unique && { unique: asData(unique) }),
    ...(subjects && { subjects: subjects.names() }),
  };
}

/** An object that the application wrote in place has no name. */
function nameOf(middleware: object): string {
  const made: unknown =
    typeof middleware === 'function' ? middleware : Reflect.get(middleware, 'constructor');
  const name = typeof made === 'function' && made !== Object ? made.name : '';
  return name === '' ? 'an object' : name;
}

function asData({ by, for: span, until, mode }: UniquePlan): CatalogUnique {
  return {
    until,
    mode,
    ...(span !== undefined && { for: span }),
    ...(typeof by === 'function' ? { byFunction: true } : by && { by }),
  };
}
