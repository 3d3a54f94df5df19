import { Injectable } from '@nestjs/common';
import { asError } from '../values/errors.js';
import { QueueWatch } from './queue-watch.js';
import { Store } from '../store/store.js';

/** The result of a health indicator as `@nestjs/terminus` expects it: a key with a status and details. */
export type JobsHealth<Key extends string> = Record<
  Key,
  {
    readonly status: 'up' | 'down';
    readonly store: string;
    /** The round-trip time to the store, in milliseconds. */
    readonly roundTrip?: number;
    readonly message?: string;
    /** Queues with jobs and no live worker. They don't make the status `down`, because the web process is fine. */
    readonly unservedQueues: readonly string[];
    /** Job classes that no live worker knows. */
    readonly unservedJobs: readonly string[];
  }
>;

/**
 * A health indicator for the web application's health endpoint, with `@nestjs/terminus`. `down` means that no job can be
 * enqueued. Use it for readiness, not for liveness, because a restart would not fix the store.
 *
 * @example health.check([() => jobs.isHealthy('jobs')])
 */
@Injectable()
export class JobsHealthIndicator {
  constructor(
    private readonly store: Store,
    private readonly watch: QueueWatch,
  ) {}

  /** @param key its name in the answer. @default 'jobs' */
  isHealthy(): Promise<JobsHealth<'jobs'>>;
  isHealthy<Key extends string>(key: Key): Promise<JobsHealth<Key>>;
  async isHealthy(key = 'jobs'): Promise<JobsHealth<string>> {
    const { queues, jobs } = this.watch.unserved;
    const known = {
      store: this.store.description,
      unservedQueues: queues.map(({ queue }) => queue),
      unservedJobs: jobs.map(({ name }) => name),
    };
    const found = await this.store.ping().then(
      (roundTrip) => ({ status: 'up' as const, roundTrip: Number(roundTrip.toFixed(2)) }),
      (thrown: unknown) => ({ status: 'down' as const, message: asError(thrown).message }),
    );
    return { [key]: { ...found, ...known } };
  }
}
