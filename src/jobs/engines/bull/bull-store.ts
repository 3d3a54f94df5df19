import type { Queue } from 'bullmq';
import type { JobEvents } from '../../events/events.js';
import type { Cancellations } from '../../store/cancellations.js';
import { consumes, type Fleet } from '../../store/fleet.js';
import type { Inventory } from '../../store/inventory.js';
import type { Pauses } from '../../store/pauses.js';
import type { ResolvedJobsOptions } from '../../config/resolved-options.js';
import type { QueuePlan } from '../../store/queue-plan.js';
import type { Retention } from '../../config/retention.js';
import {
  Store,
  type AddResult,
  type Execute,
  type NewJob,
  type QueueStats,
  type StoreWorker,
} from '../../store/store.js';
import type { Finding } from '../../values/finding.js';
import type { Timetable } from '../../store/timetable.js';
import { commonOptionsOf } from './add.js';
import type { Ask } from './connection/ask.js';
import { AdoptedWorkers, conflictsWith } from './processor/adopted-workers.js';
import { BullWorker } from './processor/bull-worker.js';
import { WorkerPauses } from './processor/worker-pauses.js';
import { connect, workerOptions } from './connection/connection.js';
import { statsOf } from './queue-stats.js';
import { inspectRedis } from './doctor/redis-checks.js';
import { CancellationReader } from './keys/redis-cancellations.js';
import { fledgeKey } from './keys/fledge-keys.js';
import { PausedJobs } from './keys/paused-jobs.js';
import { RedisFleet } from './keys/redis-fleet.js';
import { RedisPauses } from './keys/redis-pauses.js';
import { RedisTimetable } from './keys/redis-timetable.js';
import { recordQueues } from './keys/known-queues.js';
import { recordRetention } from './keys/stored-retention.js';
import { BullProducer } from './bull-producer.js';

/** Jobs on Redis or Valkey, through BullMQ. */
export class BullStore extends Store {
  readonly kind = 'redis';
  readonly description: string;
  override readonly from: string;
  readonly fleet: Fleet;
  readonly cancellations: Cancellations;
  readonly inventory: Inventory;
  readonly pauses: Pauses;
  readonly timetable: Timetable;
  private infoIsForbidden = false;

  /** Begins to connect and does not wait, so that a web process boots while Redis is down. */
  static async open(options: ResolvedJobsOptions, events: JobEvents): Promise<BullStore> {
    const { queues, retention } = options;
    const producer = await BullProducer.open(options, events);
    const adopted = new AdoptedWorkers(conflictsWith(producer.address, new Set(queues.keys())));
    // @nestjs/bullmq looks for processors later, when all providers have been created.
    adopted.adopt();
    return new BullStore(producer, adopted, events, retention);
  }

  private constructor(
    private readonly producer: BullProducer,
    private readonly adopted: AdoptedWorkers,
    private readonly events: JobEvents,
    private readonly retention: Retention,
  ) {
    super();
    const { address, errors, link, queues } = producer;
    const { client } = link;
    const { prefix } = address;
    this.description = errors.store;
    this.from = address.origin.from;
    this.cancellations = producer.cancellations;
    this.inventory = producer.inventory;
    const ask: Ask = (question) => producer.ask(question);
    this.fleet = new RedisFleet(client, prefix, ask);
    const queue = (name: string): Promise<Queue> => queues.open(name);
    this.pauses = new RedisPauses({ client, prefix, queue, ask });
    this.timetable = new RedisTimetable({ client, prefix, queue, ask, optionsOf: commonOptionsOf });
  }

  add(job: NewJob): Promise<AddResult> {
    return this.producer.add(job);
  }

  async inspect(): Promise<Finding[]> {
    const { link, errors } = this.producer;
    await link.ready();
    const findings = await inspectRedis(link.client, errors);
    this.infoIsForbidden = findings.some(({ code }) => code === 'FLEDGE_EVICTION_UNKNOWN');
    return findings;
  }

  async ping(): Promise<number> {
    const startedAt = performance.now();
    // The key makes a cluster's client ask the node that has the queues.
    const { link, address } = this.producer;
    await this.producer.ask(() => link.client.exists(fledgeKey(address.prefix, 'fleet')));
    return performance.now() - startedAt;
  }

  async stats(names: readonly string[]): Promise<QueueStats[]> {
    const { link, queues: opened } = this.producer;
    return this.producer.ask(async () => {
      const members = await this.fleet.members();
      const out = new Set(members.filter((member) => !consumes(member)).map(({ id }) => id));
      const queues = await Promise.all(names.map((name) => opened.open(name)));
      return Promise.all(queues.map((queue) => statsOf(link.client, queue, (consumer) => out.has(consumer))));
    });
  }

  engineQueue(name: string): Queue {
    return this.producer.queues.create(name);
  }

  override bootstrapped(): void {
    this.adopted.release();
  }

  async work(plans: readonly QueuePlan[], execute: Execute, name: string): Promise<StoreWorker> {
    const { address, errors, link, reported } = this.producer;
    const { prefix } = address;
    const client = await connect(address, workerOptions);
    const { events, adopted, retention, infoIsForbidden } = this;
    const write = (command: () => Promise<unknown>): void =>
      // Nothing depends on these two writes, so their errors are ignored.
      void this.producer.ask(command).catch(() => undefined);
    write(() => recordRetention(link.client, prefix, retention));
    const names = plans.map((plan) => plan.name);
    write(() => recordQueues(link.client, prefix, names));
    return new BullWorker(client, plans, adopted, new CancellationReader(client, prefix), {
      name,
      prefix,
      execute,
      errors,
      events,
      reported,
      retention,
      // If the store does not answer, the queue counts as served: a job that could run is not dropped.
      wasServed: (queue, time) => this.timetable.wasServed(queue, time).catch(() => true),
      // If the store does not answer, the job runs: two runs at once are better than a lost run.
      claimRun: (schedule, job) => this.timetable.claimRun(schedule, job).catch(() => true),
      waitForResume: (schedule, job) => this.timetable.waitForResume(schedule, job).catch(() => true),
      // A worker waits for its store, without a deadline.
      pauses: new WorkerPauses(new PausedJobs(client, prefix, (question) => question()), events),
      skipVersionCheck: infoIsForbidden,
    });
  }

  override withoutSecrets(text: string): string {
    return this.producer.errors.withoutSecrets(text);
  }

  close(): Promise<void> {
    return this.producer.close();
  }
}
