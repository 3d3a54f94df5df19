import { FledgeError } from '../../values/errors.js';
import { defaultRetention, type Retention } from '../../config/retention.js';
import { RunningAttempts } from '../../store/running-attempts.js';
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

/** Jobs in this process's memory: no server, no dependency; they die with the process. For development and tests. */
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
    /** What the jitter of retries is made of: 0 to 1. */
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
    const running = new RunningAttempts();
    this.cancellations.attend(running);
    const queues = plans.map(({ name }) => this.queue(name));
    const begin: Execute = (attempt) => {
      this.timetable.begun(attempt.job.id);
      return execute(attempt);
    };
    plans.forEach(({ concurrency }, i) => queues[i]!.start(concurrency, begin, running));
    const quiet = () => queues.forEach((queue) => queue.quiet());
    return {
      get running() {
        return running.size;
      },
      get handedBack() {
        return running.handedBack;
      },
      left: 0,
      jobs: () => running.describe(),
      silent: () => [],
      refused: () => [],
      quiet,
      idle: () => running.idle(),
      interrupt: (reason) => running.abort(reason),
      abandon: (reason) => running.abandon(reason),
      close: async () => quiet(),
    };
  }

  async close(): Promise<void> {
    for (const queue of this.queues.values()) queue.quiet();
  }

  protected queue(name: string): MemoryQueue {
    let queue = this.queues.get(name);
    if (!queue)
      this.queues.set(name, (queue = new MemoryQueue(name, this.clock, this.retention, this.random)));
    return queue;
  }
}

/** Nest and `await` look at whatever is provided; only a real use is a mistake. */
function refuseUse(queue: string, property: string | symbol): undefined {
  if (typeof property === 'symbol' || /^(then|constructor|toJSON|on[A-Z]\w*|before[A-Z]\w*)$/.test(property))
    return undefined;
  throw new FledgeError(
    'FLEDGE_QUEUE_IN_MEMORY',
    `The BullMQ queue "${queue}" was injected and its "${property}" used, but jobs are kept in memory: JOBS_URL is not set. Set JOBS_URL=redis://…, or use JobsService, which works on both.`,
  );
}
