import type { ResolvedJobsOptions } from '../config/resolved-options.js';
import type { JobDefinition, JobRegistry } from '../discovery/registry.js';
import {
  byFunction,
  type JobsManifest,
  type ManifestJob,
  type ManifestMailer,
  type ManifestUnique,
} from '../job/jobs-manifest.js';
import type { UniquePlan } from '../job/unique.js';

/** Returns the manifest of an application. Everything is sorted by name, so that a file changes only where the application does. */
export function manifestOf(registry: JobRegistry, options: ResolvedJobsOptions): JobsManifest {
  const definitions = registry.definitions();
  // A client sends mails by mailer and action. It does not enqueue the methods of @nestjs/schedule.
  const jobs = definitions.filter(({ subjects, adopted }) => !subjects && !adopted);
  const mailers = definitions.flatMap(({ subjects }) => [...(subjects?.parts() ?? [])]);
  return {
    queues: [...options.queues.keys()].sort(),
    jobs: byName(jobs.map((one) => [one.name, entryOf(one, registry)])),
    mailers: byName<ManifestMailer>(
      mailers.map(([name, actions]) => [name, { actions: [...actions].sort() }]),
    ),
  };
}

function entryOf({ jobClass, queue, priority, unique }: JobDefinition, registry: JobRegistry): ManifestJob {
  const [, ...aliases] = registry.namesOf(jobClass);
  return {
    queue,
    ...(priority !== undefined && { priority }),
    ...(aliases.length > 0 && { aliases }),
    ...(unique && { unique: uniqueOf(unique) }),
  };
}

function uniqueOf({ by, until, mode, for: duration }: UniquePlan): ManifestUnique {
  return {
    ...(by !== undefined && { by: typeof by === 'function' ? byFunction : by }),
    until,
    mode,
    ...(duration !== undefined && { for: duration }),
  };
}

function byName<Entry>(entries: readonly (readonly [string, Entry])[]): Record<string, Entry> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
