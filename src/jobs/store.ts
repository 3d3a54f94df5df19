import type { Attempt } from './attempt.js';
import type { Envelope } from './envelope.js';
import type { FledgeError, FledgeErrorCode } from './errors.js';
import type { Outcome } from './outcome.js';

/** A job on its way into the store. */
export interface NewJob {
  /** UUIDv7, made before the add, so that an add whose answer was lost can be repeated. */
  readonly id: string;
  /** It may be there already: then it is a duplicate. */
  readonly repeated: boolean;
  readonly name: string;
  readonly queue: string;
  readonly envelope: Envelope;
  /** Milliseconds from now; 0 for at once. */
  readonly delay: number;
  readonly priority: number | undefined;
  readonly attempts: number;
}

export type AddResult =
  | { readonly status: 'enqueued' }
  | { readonly status: 'duplicate'; readonly duplicateOf: string }
  | { readonly status: 'failed'; readonly error: FledgeError };

/** Something about the store or the set-up that people should know before it hurts. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly code: FledgeErrorCode;
  readonly message: string;
}

export interface QueuePlan {
  readonly name: string;
  /** How many jobs of this queue one worker process runs at a time. */
  readonly concurrency: number;
}

export interface UnworkedQueue {
  readonly queue: string;
  /** Waiting, scheduled and retrying jobs. */
  readonly jobs: number;
}

export type Execute = (attempt: Attempt) => Promise<Outcome>;

/** The work of one process on a set of queues. */
export interface StoreWorker {
  /** How many attempts are running. */
  readonly running: number;
  /** Takes no more jobs. */
  quiet(): void;
  /** Resolves when no attempt is running. */
  idle(): Promise<void>;
  /** Aborts the signals of the running jobs. */
  interrupt(): void;
  /** Waits no longer for bodies that ignore their signal: their jobs are handed back. */
  abandon(): void;
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
  /** Those of the queues that have jobs and no live worker in any process. */
  abstract unworked(queues: readonly string[]): Promise<UnworkedQueue[]>;
  /** BullMQ's own queue behind this name, for `@InjectQueue`. Of another engine: a stand-in that says so when used. */
  abstract engineQueue(queue: string): object;
  /** Called once the whole application has bootstrapped. */
  bootstrapped(): void {}
  /** Begins to run jobs. */
  abstract work(queues: readonly QueuePlan[], execute: Execute): Promise<StoreWorker>;
  abstract close(): Promise<void>;
}
