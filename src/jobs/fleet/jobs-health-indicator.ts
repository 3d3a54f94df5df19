import { Injectable } from '@nestjs/common';
import { asError } from '../values/errors.js';
import { QueueWatch } from './queue-watch.js';
import { Store } from '../store/store.js';

/** What `@nestjs/terminus` wants of an indicator: a key with its status and whatever else is worth knowing. */
export type JobsHealth<Key extends string> = Record<
  Key,
  {
    readonly status: 'up' | 'down';
    readonly store: string;
    /** To the store and back; milliseconds. */
    readonly roundTrip?: number;
    readonly message?: string;
    /** Queues with jobs and no live worker; told, but no reason to be down: the web process is fine. */
    readonly unworkedQueues: readonly string[];
    /** Job classes that no live worker knows. */
    readonly unworkedJobs: readonly string[];
  }
>;

/**
 * For the web application's own health endpoint, with `@nestjs/terminus`. Down means that nothing can be enqueued: fit
 * for readiness, not for liveness, since a restart cures no store.
 *
 * @example health.check([() => jobs.isHealthy('jobs')])
 */
@Injectable()
export class JobsHealthIndicator {
  constructor(
    private readonly store: Store,
    private readonly watch: QueueWatch,
  ) {}

  /** @param key under which it appears in the answer. @default 'jobs' */
  async isHealthy<Key extends string = 'jobs'>(key = 'jobs' as Key): Promise<JobsHealth<Key>> {
    const { queues, jobs } = this.watch.unworked;
    const known = {
      store: this.store.description,
      unworkedQueues: queues.map(({ queue }) => queue),
      unworkedJobs: jobs.map(({ name }) => name),
    };
    const found = await this.store.ping().then(
      (roundTrip) => ({ status: 'up' as const, roundTrip: Number(roundTrip.toFixed(2)) }),
      (thrown: unknown) => ({ status: 'down' as const, message: asError(thrown).message }),
    );
    const health: JobsHealth<string> = { [key]: { ...found, ...known } };
    return health;
  }
}
