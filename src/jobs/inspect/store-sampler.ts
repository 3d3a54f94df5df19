import type { FleetMember } from '../store/fleet.js';
import type { JobRecord, JobState, KnownQueues } from '../store/inventory.js';
import type { QueueStats, Store } from '../store/store.js';
import { unknownName } from '../values/did-you-mean.js';
import { second } from '../values/duration.js';
import { FledgeError } from '../values/errors.js';
import { listPaused, type PausedState } from './pausing.js';
import { withStore, type StoreTarget } from './remote-store.js';

/** How much happens on a queue, per second, since the sample before. */
export interface QueueRates {
  /** Jobs that completed or died, and that the store keeps. */
  readonly done: number;
  readonly dead: number;
  /** How much the number of waiting jobs grows. Negative if it shrinks. */
  readonly growth: number;
}

export interface SampledQueue extends QueueStats {
  /** Undefined in the first sample. */
  readonly rates: QueueRates | undefined;
}

/** What a store looks like at one moment. */
export interface StoreSample {
  /** A description of the store without secrets. */
  readonly store: string;
  /** By the store's clock, in milliseconds since 1970. */
  readonly at: number;
  readonly queues: readonly SampledQueue[];
  /** False if the server has too many keys to find all queues. */
  readonly complete: boolean;
  readonly members: readonly FleetMember[];
  /** The pauses of jobs. Each queue has its own `paused`. */
  readonly paused: readonly PausedState[];
  /** Running jobs, at most 20 of each queue. The one that started first comes first. */
  readonly running: readonly JobRecord[];
  /** The newest dead jobs, and the retrying jobs that are due next, at most 5 of each queue. The newest failure comes first. */
  readonly failures: readonly JobRecord[];
}

const mostRunning = 20;
const mostFailures = 5;
/** How often new queues are searched, in milliseconds. On a large server a search takes two seconds. */
const searchEvery = 30 * second;
/** How often retrying jobs are read, in milliseconds. To find them, the store goes through a thousand scheduled jobs of a queue. */
const retryingEvery = 10 * second;

/** Takes samples of a store, one after the other. */
export class StoreSampler {
  private known: KnownQueues | undefined;
  private searchedAt = -Infinity;
  private retrying: readonly JobRecord[] = [];
  private readRetryingAt = -Infinity;
  private last: StoreSample | undefined;

  /** @param queue the only queue to look at */
  constructor(
    private readonly store: Store,
    private readonly queue: string | undefined,
  ) {}

  /** @throws FledgeError `FLEDGE_STORE_…`, `FLEDGE_QUEUE_UNDECLARED` */
  async sample(): Promise<StoreSample> {
    const { store } = this;
    const [at, members] = await Promise.all([store.inventory.now(), store.fleet.members()]);
    const { names, complete } = await this.queues();
    const stats = await store.stats(names);
    const queues = await Promise.all(
      stats.map(async (one) => ({ ...one, rates: await this.rates(one, at) })),
    );
    const [running, failures, paused] = await Promise.all([
      this.running(stats),
      this.failures(stats),
      listPaused(store, []),
    ]);
    const { description } = store;
    return (this.last = { store: description, at, queues, complete, members, paused, running, failures });
  }

  private async queues(): Promise<KnownQueues> {
    if (this.queue !== undefined) return { names: [await this.require(this.queue)], complete: true };
    if (this.known && performance.now() - this.searchedAt < searchEvery) return this.known;
    this.known = await this.store.inventory.queues();
    this.searchedAt = performance.now();
    return this.known;
  }

  private async require(queue: string): Promise<string> {
    const { inventory } = this.store;
    if (this.last || (await inventory.hasQueue(queue))) return queue;
    throw new FledgeError(
      'FLEDGE_QUEUE_UNDECLARED',
      unknownName('queue', queue, (await inventory.queues()).names),
    );
  }

  private async rates({ name, size }: QueueStats, at: number): Promise<QueueRates | undefined> {
    const before = this.last?.queues.find((queue) => queue.name === name);
    if (!before || !this.last || at <= this.last.at) return undefined;
    const seconds = (at - this.last.at) / second;
    const span = { after: this.last.at, until: at };
    const [completed, dead] = await Promise.all([
      this.store.inventory.countFinished(name, 'completed', span),
      this.store.inventory.countFinished(name, 'dead', span),
    ]);
    return {
      done: (completed + dead) / seconds,
      dead: dead / seconds,
      growth: (size - before.size) / seconds,
    };
  }

  private async running(stats: readonly QueueStats[]): Promise<JobRecord[]> {
    const jobs = await this.jobs(
      stats.filter(({ running }) => running > 0),
      'running',
      mostRunning,
    );
    return jobs.toSorted((a, b) => timeOf(a.startedAt) - timeOf(b.startedAt));
  }

  private async failures(stats: readonly QueueStats[]): Promise<JobRecord[]> {
    if (performance.now() - this.readRetryingAt >= retryingEvery) {
      const later = stats.filter(({ scheduled }) => scheduled > 0);
      this.retrying = await this.jobs(later, 'retrying', mostFailures);
      this.readRetryingAt = performance.now();
    }
    const withDead = stats.filter(({ dead }) => dead > 0);
    const dead = await this.jobs(withDead, 'dead', mostFailures);
    return [...dead, ...this.retrying].toSorted((a, b) => failedAt(b) - failedAt(a));
  }

  /** Returns the first jobs of each queue in this state. */
  private async jobs(queues: readonly QueueStats[], state: JobState, limit: number): Promise<JobRecord[]> {
    const { inventory } = this.store;
    const pages = await Promise.all(queues.map(({ name }) => inventory.page(name, state, { limit })));
    return pages.flatMap(({ jobs }) => jobs);
  }
}

const timeOf = (time: Date | undefined): number => time?.getTime() ?? 0;

/** The time at which a retrying job failed is not stored. It is soon after its start, as far as an order needs it. */
function failedAt({ finishedAt, startedAt }: JobRecord): number {
  return timeOf(finishedAt ?? startedAt);
}

/**
 * Opens a store without the application, to take samples of it.
 *
 * @param target where the store is
 * @param env contains JOBS_PASSWORD and JOBS_PREFIX
 * @param queue the only queue to look at
 * @throws FledgeError `FLEDGE_STORE_…`, and what `use` throws
 */
export async function withSampler<Result>(
  target: StoreTarget,
  env: NodeJS.ProcessEnv,
  queue: string | undefined,
  use: (sampler: StoreSampler) => Promise<Result>,
): Promise<Result> {
  return withStore(target, env, (store) => use(new StoreSampler(store, queue)));
}
