import type { Queue } from 'bullmq';
import type { JobEvents } from '../../events/events.js';
import type { Cancellations } from '../../store/cancellations.js';
import type { Inventory } from '../../store/inventory.js';
import type { StoreAddress } from '../../config/resolved-options.js';
import type { AddResult, NewJob, Producer } from '../../store/store.js';
import type { Ask } from './connection/ask.js';
import { bytesRead } from './connection/bytes-read.js';
import { connect, producerOptions } from './connection/connection.js';
import { withPrefix } from './connection/key-prefix.js';
import { RedisLink } from './connection/redis-link.js';
import { parseRedisUrl, type RedisAddress } from './connection/redis-url.js';
import { ReportedProblems } from './connection/reported-problems.js';
import { SharedDeadline } from './connection/shared-deadline.js';
import { StoreErrors } from './connection/store-errors.js';
import { unrefConnection } from './connection/unref-connection.js';
import { RedisInventory } from './inventory/redis-inventory.js';
import { JobAdder } from './job-adder.js';
import { RedisCancellations } from './keys/redis-cancellations.js';
import { OpenQueues } from './open-queues.js';
import { UniqueAdder } from './unique/unique-add.js';

/** In milliseconds. The link may wait a second for a connection, so an enqueue answers within two seconds. */
const answerWithin = 900;
/** How much longer a server may take that answers, but slowly, in milliseconds. */
const extension = 900;

interface ProducerParts {
  readonly address: RedisAddress;
  readonly errors: StoreErrors;
  readonly link: RedisLink;
  readonly reported: ReportedProblems;
}

/** The part of the store on Redis that enqueues and cancels. It loads no workers and nothing of Nest. */
export class BullProducer implements Producer {
  readonly address: RedisAddress;
  readonly errors: StoreErrors;
  readonly link: RedisLink;
  readonly reported: ReportedProblems;
  readonly queues: OpenQueues;
  readonly cancellations: Cancellations;
  readonly inventory: Inventory;
  private readonly adder: JobAdder;
  private readonly deadline: SharedDeadline;

  /** Begins to connect and does not wait. */
  static async open(
    { url, password, prefix, topology, redis, origin }: StoreAddress,
    events: JobEvents,
  ): Promise<BullProducer> {
    const address = withPrefix(parseRedisUrl(url, password, topology, redis, origin), url, prefix);
    const errors = new StoreErrors(address);
    const reported = new ReportedProblems();
    const client = await connect(address, producerOptions);
    const link = new RedisLink(client, errors, events, reported);
    return new BullProducer({ address, errors, link, reported });
  }

  private constructor({ address, errors, link, reported }: ProducerParts) {
    this.address = address;
    this.errors = errors;
    this.link = link;
    this.reported = reported;
    const { client } = link;
    const heard = (): number => bytesRead(client);
    this.deadline = new SharedDeadline(answerWithin, 'The store timed out', {
      milliseconds: extension,
      heard,
    });
    this.queues = new OpenQueues(client, address.prefix);
    this.adder = new JobAdder(link, this.queues, new UniqueAdder(client), errors, this.deadline);
    const ask: Ask = (question) => this.ask(question);
    this.cancellations = new RedisCancellations(client, address.prefix, ask);
    const queue = (name: string): Promise<Queue> => this.queues.open(name);
    this.inventory = new RedisInventory(client, address.prefix, queue, ask);
  }

  add(job: NewJob): Promise<AddResult> {
    return this.adder.add(job);
  }

  /** From now on, an open connection alone does not keep the process alive. */
  letProcessEnd(): void {
    unrefConnection(this.link.client);
  }

  async close(): Promise<void> {
    // The queues use the link's connection and hold no other resources.
    this.link.close();
  }

  /** Runs commands on the server. They have the same deadline as an add. */
  async ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    const notReady = this.link.isReady ? undefined : await this.link.whyNotReady();
    try {
      if (notReady) throw notReady;
      return await Promise.race([question(), this.deadline.begin().rejection]);
    } catch (thrown) {
      throw this.errors.failure(thrown, 'did not answer');
    }
  }
}
