import { hour, minute } from '../values/duration.js';
import type { RunningJob } from './attempt.js';
import type { JobCatalog, StoredCatalog } from './job-catalog.js';
import type { QueuePlan } from './queue-plan.js';

/** The states of a worker process, in order. */
export const workerStates = ['starting', 'running', 'quiet', 'stopping', 'stopped'] as const;

export type WorkerState = (typeof workerStates)[number];

/** A remote command for a worker process. */
export type FleetCommand = 'quiet' | 'stop';

/** What a worker process reports about itself. */
export interface Beat {
  /** `host:pid:nonce`. The nonce makes it unique even if every container's process has the pid 1. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** The application's name. Undefined if it is not known. */
  readonly app?: string;
  /** True if the application set its name with the option `app`. */
  readonly appSet?: boolean;
  /** The size and time of the file that the process was started with. Undefined if they say nothing about the application. */
  readonly build?: string;
  /** The version of Fledge. */
  readonly version: string;
  /** In milliseconds since 1970, by the clock of the process. */
  readonly startedAt: number;
  readonly state: WorkerState;
  readonly queues: readonly QueuePlan[];
  /** The queues of the application's own workers in this process, such as `@Processor` classes. Absent if there are none. */
  readonly others?: readonly QueuePlan[];
  /** The names of all job classes that the process can run, and of all mails, such as `UserMailer.welcome`. */
  readonly jobs: readonly string[];
  /** The record in the store that has the options of these job classes. `fledge enqueue` reads it. Equal workers have the same. */
  readonly catalog?: string;
  /** How many jobs the process runs at once, in all queues together. */
  readonly concurrency: number;
  /** How many jobs the process runs now. */
  readonly busy: number;
  readonly running: readonly RunningJob[];
  /** The resident memory in bytes. */
  readonly rss: number;
  /** The longest delay of the event loop since the last beat, in milliseconds. */
  readonly loopDelay: number;
  /** The time to the store and back, in milliseconds. */
  readonly roundTrip: number;
}

export interface FleetMember extends Beat {
  /** The time since the last beat in milliseconds, by the store's clock. Infinity if it cannot be read. */
  readonly age: number;
  /** What is wrong with the record in the store. The other fields contain what can be read. */
  readonly damage?: string;
}

/** A process whose last beat is older counts as gone. In milliseconds. Its jobs are recovered when their locks expire. */
export const goneAfter = minute;
/** How long a process that is gone is still listed, in milliseconds. */
export const forgottenAfter = hour;

export function isLive({ age }: FleetMember): boolean {
  return age <= goneAfter;
}

/** Returns whether a worker process takes jobs. */
export function consumes(member: FleetMember): boolean {
  return isLive(member) && member.state === 'running';
}

/** The worker processes of a store: their beats, and the commands for them. */
export interface Fleet {
  /** @param catalog is stored under its id, unless the store has it already */
  beat(beat: Beat, catalog?: StoredCatalog): Promise<void>;
  /** Returns a catalog by its id. Returns undefined if the store does not have it, or cannot read it. */
  catalog(id: string): Promise<JobCatalog | undefined>;
  /** Deletes a process that stopped, so that it does not count as gone. */
  leave(id: string): Promise<void>;
  /** Returns all processes except those that have been gone for more than an hour. */
  members(): Promise<FleetMember[]>;
  /** Stores a command for a process. The process receives it within two seconds. */
  send(id: string, command: FleetCommand): Promise<void>;
  /** Returns the codes of job classes by name, as processes have recorded them. */
  classCodes(): Promise<ReadonlyMap<string, string>>;
  /** Records the codes of this process's job classes. The codes of other names stay. */
  recordClassCodes(codes: ReadonlyMap<string, string>): Promise<void>;
  /** Returns the command for this process and deletes it. */
  take(id: string): Promise<FleetCommand | undefined>;
}
