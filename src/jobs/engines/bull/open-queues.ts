import { Queue } from 'bullmq';
import { bullConnection, type RedisClient } from './connection/connection.js';
import { keptEvents } from './keys/event-stream.js';
import { repeatSettings } from './connection/repeat-strategy.js';

/** BullMQ's queues, each opened on its first use. A BullMQ queue whose opening failed stays broken, so it is thrown away. */
export class OpenQueues {
  private readonly opening = new Map<string, Promise<Queue>>();
  private readonly opened = new Map<string, Queue>();

  constructor(
    private readonly client: RedisClient,
    private readonly prefix: string,
  ) {}

  /** Returns the queue if it is open already. */
  get(name: string): Queue | undefined {
    return this.opened.get(name);
  }

  /** Call it while the connection is ready. */
  open(name: string): Promise<Queue> {
    const known = this.opening.get(name);
    if (known) return known;
    const opening = this.openNew(name);
    this.opening.set(name, opening);
    opening.catch(() => this.opening.delete(name));
    return opening;
  }

  create(name: string): Queue {
    const queue = new Queue(name, {
      connection: bullConnection(this.client),
      prefix: this.prefix,
      skipVersionCheck: true,
      settings: repeatSettings,
      streams: { events: { maxLen: keptEvents } },
    });
    // The store's link reports connection errors, once.
    queue.on('error', () => undefined);
    return queue;
  }

  private async openNew(name: string): Promise<Queue> {
    const queue = this.create(name);
    await queue.waitUntilReady();
    this.opened.set(name, queue);
    return queue;
  }
}
