import { BullModule } from '@nestjs/bullmq';
import { Worker, type Job, type Processor, type WorkerOptions } from 'bullmq';
import type { RunningJob } from '../../../store/attempt.js';
import { FledgeError } from '../../../values/errors.js';
import type { RedisAddress } from '../connection/redis-url.js';

type AnyProcessor = Extract<Processor, (...args: never[]) => unknown>;

/** Whether a worker of @nestjs/bullmq would work a queue that Fledge works. */
type Conflict = (queue: string, options: WorkerOptions) => boolean;

/**
 * The application's own `@Processor` classes, of @nestjs/bullmq, which starts them in every process that imports them.
 * While the application boots, each of their workers is made so that it does not run; the worker process runs them.
 */
export class AdoptedWorkers {
  private readonly workers: Worker[] = [];
  private readonly active = new Map<object, RunningJob>();
  private idleWaiters: (() => void)[] = [];

  constructor(private readonly conflicts: Conflict) {}

  /** From now on, until `release`, every worker of @nestjs/bullmq is adopted. */
  adopt(): void {
    // oxlint-disable-next-line typescript/no-this-alias -- the class below has a `this` of its own
    const adopted = this;
    BullModule.workerClass = class AdoptedWorker extends Worker {
      constructor(queue: string, processor: Processor, options: WorkerOptions) {
        if (adopted.conflicts(queue, options)) throw conflict(queue);
        super(queue, adopted.counted(processor), { ...options, autorun: false });
        // One that the application starts by itself stays its own.
        if (options.autorun !== false) adopted.workers.push(this);
      }
    };
  }

  /** An application that boots later in this process, without Fledge, is none of our business. */
  release(): void {
    BullModule.workerClass = Worker;
  }

  run(): void {
    for (const worker of this.workers) {
      // An 'error' event without a listener would end the process; @nestjs/bullmq adds none.
      worker.on('error', () => undefined);
      worker.run().catch(() => undefined);
    }
  }

  get running(): number {
    return this.active.size;
  }

  jobs(): RunningJob[] {
    return [...this.active.values()];
  }

  quiet(): void {
    for (const worker of this.workers) void worker.pause(true);
  }

  async idle(): Promise<void> {
    if (this.active.size > 0) await new Promise<void>((resolve) => this.idleWaiters.push(resolve));
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.workers.map((worker) => worker.close()));
  }

  /** The same processor, counted while it runs. BullMQ passes a signal only to those that declare it. */
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
      if (this.active.size === 0) for (const wake of this.idleWaiters.splice(0)) wake();
    }
  }
}

/** Compares a worker's own connection with ours. */
export function conflictsWith(address: RedisAddress, queues: ReadonlySet<string>): Conflict {
  return (queue, { prefix = 'bull', connection }) => {
    if (!queues.has(queue) || prefix !== address.prefix) return false;
    const options = ('options' in connection ? connection.options : connection) as Partial<RedisAddress> & {
      url?: string;
    };
    const own = options.url === undefined ? options : fromUrl(options.url);
    const { host = 'localhost', port = 6379, db = 0 } = own;
    return sameHost(host, address.host) && Number(port) === address.port && Number(db) === address.db;
  };
}

function fromUrl(text: string): Partial<RedisAddress> {
  // What it is not is for BullMQ to say: an error of `new URL` carries the text, password included.
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
    `A @Processor of @nestjs/bullmq works the queue "${queue}" that Fledge works too, on the same server and with the same prefix: the two would take each other's jobs. Give one of them another queue or prefix (BullModule's prefix, or ?prefix= in JOBS_URL). If BullModule.registerQueue declares a queue of the same name with a prefix of its own, leave the name out of JobsModule's injectQueues.`,
  );
}
