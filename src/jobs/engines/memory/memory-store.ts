import { FledgeError } from '../../values/errors.js';
import { defaultRetention, type Retention } from '../../config/retention.js';
import {
  Store,
  type AddResult,
  type Execute,
  type NewJob,
  type QueueStats,
  type StoreWorker,
} from '../../store/store.js';
import type { Finding } from '../../values/finding.js';
import type { QueuePlan } from '../../store/queue-plan.js';
import { systemClock, type Clock } from './clock.js';
import { MemoryCancellations } from './memory-cancellations.js';
import { MemoryFleet } from './memory-fleet.js';
import { MemoryInventory } from './memory-inventory.js';
import { MemoryQueue } from './memory-queue.js';
import { MemoryTimetable } from './memory-timetable.js';
import { MemoryWorker } from './memory-worker.js';

/** Keeps jobs in this process's memory, for development and tests. It needs no server. The jobs are lost when the process ends. */
export class MemoryStore extends Store {
  readonly kind = 'memory';
  readonly description = 'memory';
  readonly fleet = new MemoryFleet();
  readonly cancellations: MemoryCancellations;
  readonly inventory: MemoryInventory;
  readonly timetable: MemoryTimetable;
  protected readonly queues = new Map<string, MemoryQueue>();

  constructor(
    private readonly retention: Retention = defaultRetention,
    protected readonly clock: Clock = systemClock,
    /** The random source of jitter, from 0 to 1. */
    private readonly random: () => number = Math.random,
  ) {
    super();
    this.cancellations = new MemoryCancellations();
    this.timetable = new MemoryTimetable(clock, (name) => this.queue(name));
    this.inventory = new MemoryInventory(
      () => [...this.queues.keys()],
      (name) => this.queue(name),
      (id) => this.timetable.isNext(id),
      clock,
    );
  }

  async add(job: NewJob): Promise<AddResult> {
    return this.queue(job.queue).add(job);
  }

  async inspect(): Promise<Finding[]> {
    return [];
  }

  async ping(): Promise<number> {
    return 0;
  }

  async stats(names: readonly string[]): Promise<QueueStats[]> {
    return names.map((name) => this.queue(name).stats());
  }

  engineQueue(queue: string): object {
    return new Proxy({}, { get: (_, property) => refuseUse(queue, property) });
  }

  async work(plans: readonly QueuePlan[], execute: Execute): Promise<StoreWorker> {
    const attempts = this.cancellations.newAttempts();
    const begin: Execute = (attempt) => {
      this.timetable.begun(attempt.job.id);
      attempt.port.claimRun = (schedule) => this.timetable.claimRun(schedule, attempt.job);
      return execute(attempt);
    };
    for (const { name, concurrency } of plans) this.queue(name).start(concurrency, begin, attempts);
    return new MemoryWorker(
      plans.map(({ name }) => this.queue(name)),
      attempts,
    );
  }

  async close(): Promise<void> {
    for (const queue of this.queues.values()) queue.quiet();
  }

  protected queue(name: string): MemoryQueue {
    const known = this.queues.get(name);
    if (known) return known;
    const queue = new MemoryQueue(name, this.clock, this.retention, this.random);
    this.queues.set(name, queue);
    return queue;
  }
}

/** Throws for every use of an injected queue. Nest and `await` read some properties of every provider, so these return undefined. */
function refuseUse(queue: string, property: string | symbol): undefined {
  if (typeof property === 'symbol' || /^(then|constructor|toJSON|on[A-Z]\w*|before[A-Z]\w*)$/.test(property))
    return undefined;
  throw new FledgeError(
    'FLEDGE_QUEUE_IN_MEMORY',
    `"${property}" of the injected BullMQ queue "${queue}" was used, but JOBS_URL is not set, so jobs are kept in memory without BullMQ. Set JOBS_URL=redis://…, or use JobsService, which works with both.`,
  );
}
