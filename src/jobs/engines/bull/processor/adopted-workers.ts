import { BullModule } from '@nestjs/bullmq';
import { Worker, type Job, type Processor, type WorkerOptions } from 'bullmq';
import type { RunningJob } from '../../../store/attempt.js';
import { FledgeError } from '../../../values/errors.js';
import { Waiters } from '../../../values/waiters.js';
import type { QueuePlan } from '../../../store/queue-plan.js';
import type { RedisAddress } from '../connection/redis-url.js';

type AnyProcessor = Extract<Processor, (...args: never[]) => unknown>;

/** Returns whether a worker of @nestjs/bullmq would serve a queue that Fledge serves. */
type Conflict = (queue: string, options: WorkerOptions) => boolean;

/**
 * The application's `@Processor` classes of @nestjs/bullmq. That package starts their workers in every process that imports
 * them. While the application boots, Fledge creates these workers stopped, and only a worker process runs them.
 */
export class AdoptedWorkers {
  private readonly workers: Worker[] = [];
  private readonly active = new Map<object, RunningJob>();
  private readonly idleWaiters = new Waiters();

  constructor(private readonly conflicts: Conflict) {}

  /** Adopts every worker that @nestjs/bullmq creates until `release`. */
  adopt(): void {
    // oxlint-disable-next-line typescript/no-this-alias -- the class below has its own `this`
    const adopted = this;
    BullModule.workerClass = class AdoptedWorker extends Worker {
      constructor(queue: string, processor: Processor, options: WorkerOptions) {
        if (adopted.conflicts(queue, options)) throw conflict(queue);
        super(queue, adopted.counted(processor), { ...options, autorun: false });
        // The application starts such a worker itself.
        if (options.autorun !== false) adopted.workers.push(this);
      }
    };
  }

  /** Stops adopting, so that an application without Fledge can boot later in this process. */
  release(): void {
    BullModule.workerClass = Worker;
  }

  run(): void {
    for (const worker of this.workers) {
      // An 'error' event without a listener would end the process, and @nestjs/bullmq adds no listener.
      worker.on('error', () => undefined);
      worker.run().catch(() => undefined);
    }
  }

  get running(): number {
    return this.active.size;
  }

  plans(): QueuePlan[] {
    return this.workers.map(({ name, concurrency }) => ({ name, concurrency }));
  }

  jobs(): RunningJob[] {
    return [...this.active.values()];
  }

  quiet(): void {
    for (const worker of this.workers) void worker.pause(true);
  }

  async idle(): Promise<void> {
    if (this.active.size > 0) await this.idleWaiters.next();
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.workers.map((worker) => worker.close()));
  }

  /** Returns a processor that counts its running jobs. BullMQ passes a signal only to a processor that declares it. */
  private counted(processor: Processor): Processor {
    if (typeof processor !== 'function') return processor;
    const run = (args: Parameters<AnyProcessor>): Promise<unknown> =>
      this.count(args[0], () => processor(...args));
    return processor.length >= 3
      ? (job, token, signal) => run([job, token, signal])
      : (job, token) => run([job, token]);
  }

  private async count<Result>(job: Job, work: () => Promise<Result>): Promise<Result> {
    const { id = '', name, queueName: queue, attemptsMade } = job;
    this.active.set(job, {
      id,
      name,
      queue,
      attempt: attemptsMade + 1,
      since: Date.now(),
      phase: 'performing',
    });
    try {
      return await work();
    } finally {
      this.active.delete(job);
      if (this.active.size === 0) this.idleWaiters.wake();
    }
  }
}

/** Compares a worker's connection with ours. */
export function conflictsWith(address: RedisAddress, queues: ReadonlySet<string>): Conflict {
  return (queue, { prefix = 'bull', connection }) => {
    if (!queues.has(queue) || prefix !== address.prefix) return false;
    const options = ('options' in connection ? connection.options : connection) as Partial<RedisAddress> & {
      url?: string;
    };
    const own = options.url === undefined ? options : fromUrl(options.url);
    const { host = 'localhost', port = 6379, path, db = 0 } = own;
    if (Number(db) !== address.db || path !== address.path) return false;
    return path !== undefined || (sameHost(host, address.host) && Number(port) === address.port);
  };
}

function fromUrl(text: string): Partial<RedisAddress> {
  // BullMQ reports a text that is not a URL. An error of `new URL` would contain the text with the password.
  if (!URL.canParse(text)) return {};
  const url = new URL(text);
  return { host: url.hostname, port: Number(url.port || 6379), db: Number(url.pathname.slice(1) || 0) };
}

function sameHost(a: string, b: string): boolean {
  const name = (host: string): string => (host === '127.0.0.1' || host === '::1' ? 'localhost' : host);
  return name(a) === name(b);
}

function conflict(queue: string): FledgeError {
  return new FledgeError(
    'FLEDGE_QUEUE_CONFLICT',
    `A @Processor of @nestjs/bullmq and Fledge both serve the queue "${queue}" on the same server with the same prefix, so they would take each other's jobs. Use another queue or prefix for one of them (BullModule's prefix, or ?prefix= in JOBS_URL). If BullModule.registerQueue declares a queue of the same name with its own prefix, remove the name from JobsModule's injectQueues.`,
  );
}
