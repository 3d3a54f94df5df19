import type { Queue } from 'bullmq';
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
import { commonOptionsOf } from './add.js';
import { AdoptedWorkers, conflictsWith } from './processor/adopted-workers.js';
import { BullWorker } from './processor/bull-worker.js';
import { connect, producerOptions, workerOptions } from './connection/connection.js';
import { statsOf } from './queue-stats.js';
import { inspectRedis } from './doctor/redis-checks.js';
import { CancellationReader, RedisCancellations } from './keys/redis-cancellations.js';
import { fledgeKey } from './keys/fledge-keys.js';
import { RedisFleet } from './keys/redis-fleet.js';
import { RedisInventory } from './inventory/redis-inventory.js';
import { RedisLink } from './connection/redis-link.js';
import { RedisTimetable } from './keys/redis-timetable.js';
import { withPrefix } from './connection/key-prefix.js';
import { parseRedisUrl, type RedisAddress } from './connection/redis-url.js';
import { SharedDeadline } from './connection/shared-deadline.js';
import { StoreErrors } from './connection/store-errors.js';
import { recordQueues } from './keys/known-queues.js';
import { recordRetention } from './keys/stored-retention.js';
import { bytesRead } from './connection/bytes-read.js';
import { ReportedProblems } from './connection/reported-problems.js';
import { JobAdder } from './job-adder.js';
import { OpenQueues } from './open-queues.js';
import { UniqueAdder } from './unique/unique-add.js';

/** In milliseconds. The link may wait a second for a connection, so an enqueue answers within two seconds. */
const answerWithin = 900;
/** How much longer a server may take that answers, but slowly, in milliseconds. */
const extension = 900;

/** Jobs on Redis or Valkey, through BullMQ. */
export class BullStore extends Store {
  readonly kind = 'redis';
  readonly description: string;
  readonly fleet: Fleet;
  readonly cancellations: Cancellations;
  readonly inventory: Inventory;
  readonly timetable: Timetable;
  private readonly queues: OpenQueues;
  private readonly adder: JobAdder;
  private infoIsForbidden = false;
  private readonly deadline: SharedDeadline;

  /** Begins to connect and does not wait, so that a web process boots while Redis is down. */
  static async open(
    { url, password, prefix, topology, redis, queues, retention }: ResolvedJobsOptions,
    events: JobEvents,
  ): Promise<BullStore> {
    const address = withPrefix(parseRedisUrl(url, password, topology, redis), url, prefix);
    const errors = new StoreErrors(address);
    const reported = new ReportedProblems();
    const client = await connect(address, producerOptions);
    const link = new RedisLink(client, errors, events, reported);
    const adopted = new AdoptedWorkers(conflictsWith(address, new Set(queues.keys())));
    // @nestjs/bullmq looks for processors later, when all providers have been created.
    adopted.adopt();
    return new BullStore(address, errors, link, adopted, events, reported, retention);
  }

  private constructor(
    private readonly address: RedisAddress,
    private readonly errors: StoreErrors,
    private readonly link: RedisLink,
    private readonly adopted: AdoptedWorkers,
    private readonly events: JobEvents,
    private readonly reported: ReportedProblems,
    private readonly retention: Retention,
  ) {
    super();
    this.description = errors.store;
    const heard = (): number => bytesRead(link.client);
    this.deadline = new SharedDeadline(answerWithin, 'The store timed out', {
      milliseconds: extension,
      heard,
    });
    this.queues = new OpenQueues(link.client, address.prefix);
    this.adder = new JobAdder(link, this.queues, new UniqueAdder(link.client), errors, this.deadline);
    const ask = <Answer>(question: () => Promise<Answer>): Promise<Answer> => this.ask(question);
    this.fleet = new RedisFleet(link.client, address.prefix, ask);
    this.cancellations = new RedisCancellations(link.client, address.prefix, ask);
    const queue = (name: string): Promise<Queue> => this.queues.open(name);
    this.inventory = new RedisInventory(link.client, address.prefix, queue, ask);
    this.timetable = new RedisTimetable({
      client: link.client,
      prefix: address.prefix,
      queue,
      ask,
      optionsOf: commonOptionsOf,
    });
  }

  add(job: NewJob): Promise<AddResult> {
    return this.adder.add(job);
  }

  async inspect(): Promise<Finding[]> {
    await this.link.ready();
    const findings = await inspectRedis(this.link.client, this.errors);
    this.infoIsForbidden = findings.some(({ code }) => code === 'FLEDGE_EVICTION_UNKNOWN');
    return findings;
  }

  async ping(): Promise<number> {
    const startedAt = performance.now();
    // The key makes a cluster's client ask the node that has the queues.
    await this.ask(() => this.link.client.exists(fledgeKey(this.address.prefix, 'fleet')));
    return performance.now() - startedAt;
  }

  async stats(names: readonly string[]): Promise<QueueStats[]> {
    return this.ask(async () => {
      const members = await this.fleet.members();
      const out = new Set(members.filter((member) => !consumes(member)).map(({ id }) => id));
      const queues = await Promise.all(names.map((name) => this.queues.open(name)));
      return Promise.all(
        queues.map((queue) => statsOf(this.link.client, queue, (consumer) => out.has(consumer))),
      );
    });
  }

  engineQueue(name: string): Queue {
    return this.queues.create(name);
  }

  override bootstrapped(): void {
    this.adopted.release();
  }

  async work(plans: readonly QueuePlan[], execute: Execute, name: string): Promise<StoreWorker> {
    const client = await connect(this.address, workerOptions);
    const { prefix } = this.address;
    const { errors, events, reported, adopted, retention, infoIsForbidden } = this;
    // Nothing depends on these two writes, so their errors are ignored.
    this.ask(() => recordRetention(this.link.client, prefix, retention)).catch(() => undefined);
    const names = plans.map((plan) => plan.name);
    this.ask(() => recordQueues(this.link.client, prefix, names)).catch(() => undefined);
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
      skipVersionCheck: infoIsForbidden,
    });
  }

  override withoutSecrets(text: string): string {
    return this.errors.withoutSecrets(text);
  }

  async close(): Promise<void> {
    // The queues use the link's connection and hold no other resources.
    this.link.close();
  }

  /** Runs commands on the server. They have the same deadline as an add. */
  private async ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    const notReady = this.link.isReady ? undefined : await this.link.whyNotReady();
    try {
      if (notReady) throw notReady;
      return await Promise.race([question(), this.deadline.begin().rejection]);
    } catch (thrown) {
      throw this.errors.failure(thrown, 'did not answer');
    }
  }
}
