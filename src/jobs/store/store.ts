import type { Attempt, RunningJob } from './attempt.js';
import type { Cancellations } from './cancellations.js';
import type { Envelope } from './envelope.js';
import type { FledgeError } from '../values/errors.js';
import type { Finding } from '../values/finding.js';
import type { Fleet } from './fleet.js';
import type { Inventory } from './inventory.js';
import type { Outcome } from './outcome.js';
import type { Pauses } from './pauses.js';
import type { QueuePlan } from './queue-plan.js';
import type { UniqueLock } from '../job/unique.js';
import type { Timetable } from './timetable.js';

/** A job on its way into the store. */
export interface NewJob {
  /** A UUIDv7. It is made before the add, so an add whose answer was lost can be repeated. */
  readonly id: string;
  /** True if the add is repeated. If the job exists already, it is a duplicate. */
  readonly repeated: boolean;
  readonly name: string;
  readonly queue: string;
  readonly envelope: Envelope;
  /** The envelope's payload as JSON, if it was serialized already. */
  readonly payloadText?: string | undefined;
  /** The delay in milliseconds. 0 means at once. */
  readonly delay: number;
  readonly priority: number | undefined;
  readonly attempts: number;
  /** The unique lock. While it lasts, no other job with its key is added. */
  readonly unique: UniqueLock | undefined;
}

export type AddResult =
  | { readonly status: 'enqueued' }
  | { readonly status: 'duplicate' | 'replaced'; readonly duplicateOf: string }
  | { readonly status: 'failed'; readonly error: FledgeError };

/** The figures of a queue. */
export interface QueueStats {
  readonly name: string;
  /** How many jobs are due and wait for a free worker. */
  readonly size: number;
  /** How many jobs are not due yet, retries included. */
  readonly scheduled: number;
  /** How many jobs are running. */
  readonly running: number;
  /** How many jobs are in the dead set. */
  readonly dead: number;
  /** The longest time that one of the next jobs has been due, in milliseconds. 0 if no job is due. */
  readonly latency: number;
  readonly paused: boolean;
  /** How many processors serve the queue, in all processes. Undefined if the store does not report it. */
  readonly consumers: number | undefined;
}

/** A queue whose processor should fetch jobs but has not done so for a while. */
export interface SilentQueue {
  readonly queue: string;
  /** In milliseconds. */
  readonly silentFor: number;
}

export type Execute = (attempt: Attempt) => Promise<Outcome>;

/**
 * How long the lock of a job lasts without a renewal, in milliseconds. The jobs of a crashed worker run on another worker
 * within two stalled checks after that, 15 to 19 s after the crash. A worker whose event loop is blocked for longer loses its
 * jobs in the same way.
 */
export const lockDuration = 15_000;

/** Why a worker stops. A `crash` is an uncaught exception, which counts as a crash of the running jobs. */
export type StopReason = 'shutdown' | 'crash';

/** The processors of one process, one for each queue that it serves. */
export interface StoreWorker {
  /** How many attempts are running. */
  readonly running: number;
  /** How many interrupted jobs are back in their queues. */
  readonly handedBack: number;
  /** How many interrupted jobs could not be put back. They run again after their locks have expired. */
  readonly left: number;
  /** The queues of the application's own workers, such as `@Processor` classes of @nestjs/bullmq, that run with it. */
  readonly others: readonly QueuePlan[];
  /** Returns the running jobs, for people. */
  jobs(): RunningJob[];
  /** Returns the queues that have not fetched a job for 20 s, although they should and the store is reachable. */
  silent(): SilentQueue[];
  /** Returns the queues whose processors pause because the store refuses their commands. */
  refused(): string[];
  /** Stops taking jobs. */
  quiet(): void;
  /** Resolves once no attempt is running. */
  idle(): Promise<void>;
  /** Aborts the signals of the running jobs. */
  interrupt(reason: StopReason): void;
  /** Stops waiting for jobs that ignore their signal, and puts them back in their queues. */
  abandon(reason: StopReason): void;
  /** Closes all connections. Closes them by force after `deadline` milliseconds. */
  close(deadline: number): Promise<void>;
}

/**
 * The port to the store that keeps the jobs. This class is also its injection token. The two implementations are BullMQ on
 * Redis, and memory. One behaviour suite runs against both (`test/integration/store.behaviour.ts`).
 */
export abstract class Store {
  abstract readonly kind: 'redis' | 'memory';
  /** A description for people without secrets, such as `redis://127.0.0.1:6379/0, prefix {fledge}`. */
  abstract readonly description: string;
  /** Which setting names the store, such as JOBS_URL. Undefined in memory. */
  readonly from: string | undefined = undefined;
  /** Adds a job. Never throws, and answers within two seconds. Adds in the same tick of the event loop are sent together. */
  abstract add(job: NewJob): Promise<AddResult>;
  /** Checks the server. Waits until it answers, and rejects if the store is closed before. */
  abstract inspect(): Promise<Finding[]>;
  /**
   * Returns the time to the server and back in milliseconds. Answers within two seconds.
   * @throws FledgeError with the code of the problem
   */
  abstract ping(): Promise<number>;
  /**
   * Returns the figures of these queues.
   * @throws FledgeError `FLEDGE_STORE_…`
   */
  abstract stats(queues: readonly string[]): Promise<QueueStats[]>;
  abstract readonly fleet: Fleet;
  abstract readonly cancellations: Cancellations;
  abstract readonly inventory: Inventory;
  abstract readonly pauses: Pauses;
  abstract readonly timetable: Timetable;
  /** Returns BullMQ's queue for `@InjectQueue`. Another engine returns a stand-in that throws when it is used. */
  abstract engineQueue(queue: string): object;
  /** Called after the whole application has bootstrapped. */
  bootstrapped(): void {}
  /** Starts to run jobs. `worker` is the id of the process in the fleet. */
  abstract work(queues: readonly QueuePlan[], execute: Execute, worker: string): Promise<StoreWorker>;
  /** Removes the store's credentials from a text, because it may quote another program's error. */
  withoutSecrets(text: string): string {
    return text;
  }
  abstract close(): Promise<void>;
}

/** The part of a store that a process needs to enqueue and to cancel jobs. */
export type Producer = Pick<Store, 'add' | 'inventory' | 'cancellations' | 'close'>;
