import { Queue, type ConnectionOptions } from 'bullmq';
import type { JobEvents } from '../../events/events.js';
import type { Cancellations } from '../../store/cancellations.js';
import { consumes, type Fleet } from '../../store/fleet.js';
import type { Inventory } from '../../store/inventory.js';
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
import { addTo, commonOptionsOf } from './add.js';
import { AdoptedWorkers, conflictsWith } from './processor/adopted-workers.js';
import { BullWorker } from './processor/bull-worker.js';
import { connect, producerOptions, workerOptions } from './connection/connection.js';
import { statsOf } from './queue-stats.js';
import { inspectRedis } from './doctor/redis-checks.js';
import { CancellationReader, RedisCancellations } from './keys/redis-cancellations.js';
import { fleetKey, RedisFleet } from './keys/redis-fleet.js';
import { RedisInventory } from './inventory/redis-inventory.js';
import { RedisLink } from './connection/redis-link.js';
import { RedisTimetable } from './keys/redis-timetable.js';
import { parseRedisUrl, type RedisAddress } from './connection/redis-url.js';
import { repeatSettings } from './connection/repeat-strategy.js';
import { SharedDeadline } from './connection/shared-deadline.js';
import { StoreErrors } from './connection/store-errors.js';
import { tellQueues } from './keys/known-queues.js';
import { tellRetention } from './keys/stored-retention.js';
import { ToldTroubles } from './connection/trouble-log.js';
import { UniqueAdder } from './unique/unique-add.js';

/** With the second that the link may wait for a connection, an enqueue answers within two. */
const addDeadline = 900;
const keptEvents = 1_000;

/** Jobs on Redis or Valkey, through BullMQ. */
export class BullStore extends Store {
  readonly kind = 'redis';
  readonly description: string;
  readonly fleet: Fleet;
  readonly cancellations: Cancellations;
  readonly inventory: Inventory;
  readonly timetable: Timetable;
  private readonly queues = new Map<string, Promise<Queue>>();
  private readonly unique: UniqueAdder;
  private infoIsForbidden = false;
  /** Those of `queues` that are open. */
  private readonly openQueues = new Map<string, Queue>();
  private readonly deadline = new SharedDeadline(addDeadline, 'The add timed out');

  /** Begins to connect, and does not wait for it: a web process boots while Redis is down. */
  static async open(
    { url, password, sentinel, cluster, queues, retention }: ResolvedJobsOptions & { readonly url: string },
    events: JobEvents,
  ): Promise<BullStore> {
    const address = parseRedisUrl(url, password, { sentinel, cluster });
    const errors = new StoreErrors(address);
    const told = new ToldTroubles();
    const client = await connect(address, producerOptions);
    const link = new RedisLink(client, errors, events, told);
    const adopted = new AdoptedWorkers(conflictsWith(address, new Set(queues.keys())));
    // Before @nestjs/bullmq looks for processors, which it does once all providers are there.
    adopted.adopt();
    return new BullStore(address, errors, link, adopted, events, told, retention);
  }

  private constructor(
    private readonly address: RedisAddress,
    private readonly errors: StoreErrors,
    private readonly link: RedisLink,
    private readonly adopted: AdoptedWorkers,
    private readonly events: JobEvents,
    private readonly told: ToldTroubles,
    private readonly retention: Retention,
  ) {
    super();
    this.description = errors.store;
    this.unique = new UniqueAdder(link.client);
    const ask = <Answer>(question: () => Promise<Answer>): Promise<Answer> => this.ask(question);
    this.fleet = new RedisFleet(link.client, address.prefix, ask);
    this.cancellations = new RedisCancellations(link.client, address.prefix, ask);
    const queue = (name: string): Promise<Queue> => this.queue(name);
    this.inventory = new RedisInventory(link.client, address.prefix, queue, ask);
    this.timetable = new RedisTimetable({
      client: link.client,
      prefix: address.prefix,
      queue,
      ask,
      optionsOf: commonOptionsOf,
    });
  }

  async add(job: NewJob): Promise<AddResult> {
    const notReady = this.link.isReady ? undefined : await this.link.whyNotReady();
    if (notReady) return this.failure(job, notReady);
    const tooLate = this.deadline.rejection();
    try {
      const queue = this.openQueues.get(job.queue) ?? (await Promise.race([this.queue(job.queue), tooLate]));
      return await Promise.race([addTo(queue, job, this.unique), tooLate]);
    } catch (thrown) {
      return this.failure(job, thrown);
    }
  }

  async inspect(): Promise<Finding[]> {
    await this.link.ready();
    const findings = await inspectRedis(this.link.client, this.errors);
    this.infoIsForbidden = findings.some(({ code }) => code === 'FLEDGE_EVICTION_UNKNOWN');
    return findings;
  }

  async ping(): Promise<number> {
    const startedAt = performance.now();
    // With a key: of a Cluster, the node that has the queues is asked.
    await this.ask(() => this.link.client.exists(fleetKey(this.address.prefix)));
    return performance.now() - startedAt;
  }

  async stats(names: readonly string[]): Promise<QueueStats[]> {
    return this.ask(async () => {
      const members = await this.fleet.members();
      const out = new Set(members.filter((member) => !consumes(member)).map(({ id }) => id));
      const queues = await Promise.all(names.map((name) => this.queue(name)));
      return Promise.all(
        queues.map((queue) => statsOf(this.link.client, queue, (consumer) => out.has(consumer))),
      );
    });
  }

  engineQueue(name: string): Queue {
    return this.newQueue(name);
  }

  override bootstrapped(): void {
    this.adopted.release();
  }

  async work(plans: readonly QueuePlan[], execute: Execute, name: string): Promise<StoreWorker> {
    const client = await connect(this.address, workerOptions);
    const { prefix } = this.address;
    const { errors, events, told, adopted, retention, infoIsForbidden } = this;
    // Nothing depends on it.
    this.ask(() => tellRetention(this.link.client, prefix, retention)).catch(() => undefined);
    const names = plans.map((plan) => plan.name);
    this.ask(() => tellQueues(this.link.client, prefix, names)).catch(() => undefined);
    return new BullWorker(client, plans, adopted, new CancellationReader(client, prefix), {
      name,
      prefix,
      execute,
      errors,
      events,
      told,
      retention,
      // If the store does not answer, the queue counts as served: a job that could run is not dropped.
      wasServed: (queue, time) => this.timetable.wasServed(queue, time).catch(() => true),
      skipVersionCheck: infoIsForbidden,
    });
  }

  override withoutSecrets(text: string): string {
    return this.errors.withoutSecrets(text);
  }

  async close(): Promise<void> {
    // The queues live on the link's connection and own nothing else.
    this.link.close();
  }

  /** Asks the server something, for at most as long as an add. */
  private async ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    const notReady = this.link.isReady ? undefined : await this.link.whyNotReady();
    try {
      if (notReady) throw notReady;
      return await Promise.race([question(), this.deadline.rejection()]);
    } catch (thrown) {
      throw this.errors.failure(thrown, 'did not answer');
    }
  }

  private failure(job: NewJob, thrown: unknown): AddResult {
    return { status: 'failed', error: this.errors.failure(thrown, 'did not take the job', job.id) };
  }

  /** Opened when first needed on a live connection: a BullMQ queue whose opening failed stays broken forever. */
  private queue(name: string): Promise<Queue> {
    let queue = this.queues.get(name);
    if (!queue) {
      queue = this.openQueue(name);
      this.queues.set(name, queue);
      queue.catch(() => this.queues.delete(name));
    }
    return queue;
  }

  private async openQueue(name: string): Promise<Queue> {
    const queue = this.newQueue(name);
    await queue.waitUntilReady();
    this.openQueues.set(name, queue);
    return queue;
  }

  private newQueue(name: string): Queue {
    const queue = new Queue(name, {
      connection: this.link.client as ConnectionOptions,
      prefix: this.address.prefix,
      skipVersionCheck: true,
      settings: repeatSettings,
      streams: { events: { maxLen: keptEvents } },
    });
    // Connection trouble is told once, by the link.
    queue.on('error', () => undefined);
    return queue;
  }
}
