import { consumes, type FleetMember } from '../store/fleet.js';
import type { JobDefinition } from '../discovery/registry.js';
import type { QueueStats } from '../store/store.js';

/** Jobs that no worker will run. */
export interface Unserved {
  /** Queues that have waiting or scheduled jobs and no live worker. */
  readonly queues: readonly { readonly queue: string; readonly jobs: number }[];
  /** Job classes, and mails as `UserMailer.welcome`, that no live worker of their queue knows, for example during a deploy. */
  readonly jobs: readonly { readonly name: string; readonly queue: string }[];
}

export function findUnserved(
  stats: readonly QueueStats[],
  members: readonly FleetMember[],
  definitions: readonly JobDefinition[],
): Unserved {
  const consumers = members.filter(consumes);
  const unknown = definitions.flatMap(kindsOf).filter(({ name, queue }) => {
    const serving = consumers.filter(({ queues }) => queues.some((plan) => plan.name === queue));
    // A queue without workers is reported as such, once it has jobs.
    return serving.length > 0 && !serving.some(({ jobs }) => jobs.includes(name));
  });
  return {
    queues: stats
      .map(({ name, size, scheduled, consumers: count }) => ({ queue: name, jobs: size + scheduled, count }))
      .filter(({ jobs, count }) => jobs > 0 && count === 0)
      .map(({ queue, jobs }) => ({ queue, jobs })),
    jobs: unknown,
  };
}

/** Returns the jobs of a class by the names that workers report: its subjects, such as `UserMailer.welcome`, or the class. */
export function kindsOf({ name, queue, subjects }: JobDefinition): { name: string; queue: string }[] {
  return (subjects?.names() ?? [name]).map((one) => ({ name: one, queue }));
}
