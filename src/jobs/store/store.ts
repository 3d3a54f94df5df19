import type { Attempt, RunningJob } from './attempt.js';
import type { Cancellations } from './cancellations.js';
import type { Envelope } from './envelope.js';
import type { FledgeError } from '../values/errors.js';
import type { Finding } from '../values/finding.js';
import type { Fleet } from './fleet.js';
import type { Inventory } from './inventory.js';
import type { Outcome } from './outcome.js';
import type { QueuePlan } from './queue-plan.js';
import type { UniqueLock } from '../job/unique.js';
import type { Timetable } from './timetable.js';

/** A job on its way into the store. */
export interface NewJob {
  /** UUIDv7, made before the add, so that an add whose answer was lost can be repeated. */
  readonly id: string;
  /** It may be there already: then it is a duplicate. */
  readonly repeated: boolean;
  readonly name: string;
  readonly queue: string;
  readonly envelope: Envelope;
  /** The envelope's payload as JSON, where it has been made already. */
  readonly payloadText?: string | undefined;
  /** Milliseconds from now; 0 for at once. */
  readonly delay: number;
  readonly priority: number | undefined;
  readonly attempts: number;
  /** No other job with this lock's key while it lasts. */
  readonly unique: UniqueLock | undefined;
}

export type AddResult =
  | { readonly status: 'enqueued' }
  | { readonly status: 'duplicate' | 'replaced'; readonly duplicateOf: string }
  | { readonly status: 'failed'; readonly error: FledgeError };

/** What is in a queue now. */
export interface QueueStats {
  readonly name: string;
  /** Jobs that could run at once. */
  readonly size: number;
  /** Jobs that are not due yet, retries among them. */
  readonly scheduled: number;
  /** Jobs that run. */
  readonly running: number;
  /** Jobs in the dead set. */
  readonly dead: number;
  /** How long the job that has been due longest among those that are next has been so; milliseconds, 0 when none is. */
  readonly latency: number;
  readonly paused: boolean;
  /** How many processors take its jobs, in all processes; undefined where the store does not tell. */
  readonly consumers: number | undefined;
}

/** A queue whose processor should fetch and has not for a while. */
export interface SilentQueue {
  readonly queue: string;
  /** Milliseconds. */
  readonly silentFor: number;
}

export type Execute = (attempt: Attempt) => Promise<Outcome>;

/**
 * A crashed worker's locks run out after this long, in milliseconds, and within two stalled checks its jobs run
 * elsewhere: 15 to 19 s. A worker whose event loop is blocked for longer loses its jobs in the same way.
 */
export const lockDuration = 15_000;

/** An orderly stop, or one because of an uncaught exception, which counts as a crash of the jobs that ran. */
export type StopReason = 'shutdown' | 'crash';

/** The work of one process on a set of queues. */
export interface StoreWorker {
  /** How many attempts are running. */
  readonly running: number;
  /** How many interrupted jobs are back in their queues. */
  readonly handedBack: number;
  /** How many could not be handed back, and run again once their locks have run out. */
  readonly left: number;
  /** What runs, for people. */
  jobs(): RunningJob[];
  /** Those that should fetch, on a store that is there, and have not for 20 s. */
  silent(): SilentQueue[];
  /** Queues whose processors pause, since the store refuses to serve them. */
  refused(): string[];
  /** Takes no more jobs. */
  quiet(): void;
  /** Resolves when no attempt is running. */
  idle(): Promise<void>;
  /** Aborts the signals of the running jobs. */
  interrupt(reason: StopReason): void;
  /** Waits no longer for bodies that ignore their signal: their jobs are handed back. */
  abandon(reason: StopReason): void;
  /** Lets go of everything, by force when it takes longer than this (milliseconds). */
  close(deadline: number): Promise<void>;
}

/**
 * Where jobs are kept: the only seam of Fledge, and its own injection token. Two implementations: BullMQ on Redis, and
 * memory. One behaviour suite runs against both (`test/integration/store.behaviour.ts`).
 */
export abstract class Store {
  abstract readonly kind: 'redis' | 'memory';
  /** For people, without secrets: `redis://127.0.0.1:6379/0, prefix {fledge}`. */
  abstract readonly description: string;
  /** Adds a job; never throws, and answers within two seconds. Adds of one tick travel together. */
  abstract add(job: NewJob): Promise<AddResult>;
  /** Looks at the server behind it. Waits until it answers; rejects when closed meanwhile. */
  abstract inspect(): Promise<Finding[]>;
  /**
   * To the server and back, in milliseconds; answers within two seconds.
   * @throws FledgeError with the code of what is in the way
   */
  abstract ping(): Promise<number>;
  /**
   * What is in these queues.
   * @throws FledgeError `FLEDGE_STORE_…`
   */
  abstract stats(queues: readonly string[]): Promise<QueueStats[]>;
  abstract readonly fleet: Fleet;
  abstract readonly cancellations: Cancellations;
  abstract readonly inventory: Inventory;
  abstract readonly timetable: Timetable;
  /** BullMQ's own queue behind this name, for `@InjectQueue`. Of another engine: a stand-in that says so when used. */
  abstract engineQueue(queue: string): object;
  /** Called once the whole application has bootstrapped. */
  bootstrapped(): void {}
  /** Begins to run jobs. `worker` is the process's id in the fleet. */
  abstract work(queues: readonly QueuePlan[], execute: Execute, worker: string): Promise<StoreWorker>;
  /** A text without the secrets that the store is signed in with: for what may hold another program's words. */
  withoutSecrets(text: string): string {
    return text;
  }
  abstract close(): Promise<void>;
}
