import type { RunningJob } from './attempt.js';
import type { QueuePlan } from './queue-plan.js';

/** starting → running → quiet → stopping → stopped */
export const workerStates = ['starting', 'running', 'quiet', 'stopping', 'stopped'] as const;

export type WorkerState = (typeof workerStates)[number];

/** What an operator may ask of a worker process from afar. */
export type FleetCommand = 'quiet' | 'stop';

/** What a worker process tells the others about itself. */
export interface Beat {
  /** `host:pid:nonce`: unique, also where every container's process is number 1. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** Of Fledge. */
  readonly version: string;
  /** Milliseconds since 1970, by the process's own clock. */
  readonly startedAt: number;
  readonly state: WorkerState;
  readonly queues: readonly QueuePlan[];
  /** The names of all job classes that it can run. */
  readonly jobs: readonly string[];
  /** How many jobs it runs at a time, all queues together. */
  readonly concurrency: number;
  /** How many it runs now. */
  readonly busy: number;
  readonly running: readonly RunningJob[];
  /** Bytes of memory. */
  readonly rss: number;
  /** How late its event loop was at most since the last beat; milliseconds. */
  readonly loopDelay: number;
  /** To the store and back; milliseconds. */
  readonly roundTrip: number;
}

export interface FleetMember extends Beat {
  /** Since its last beat, by the store's clock; in milliseconds. Infinity where that cannot be read. */
  readonly age: number;
  /** What is wrong with the record in the store. Its other fields are what can be read of it. */
  readonly damage?: string;
}

/** A beat older than this is that of a process that is gone. Recovery of its jobs is by locks, never by this. */
export const goneAfter = 60_000;
/** How long one that is gone is still listed. */
export const forgottenAfter = 3_600_000;

export function isLive({ age }: FleetMember): boolean {
  return age <= goneAfter;
}

/** Whether it takes jobs. */
export function consumes(member: FleetMember): boolean {
  return isLive(member) && member.state === 'running';
}

/** Where the worker processes leave word of themselves and find what is asked of them. */
export interface Fleet {
  beat(beat: Beat): Promise<void>;
  /** Ends the membership: a process that stopped is not one that is gone. */
  leave(id: string): Promise<void>;
  /** All that have not been gone for longer than an hour. */
  members(): Promise<FleetMember[]>;
  /** Leaves a command for a process, which finds it within two seconds. */
  send(id: string, command: FleetCommand): Promise<void>;
  /** Takes the command that was left for this process. */
  take(id: string): Promise<FleetCommand | undefined>;
}
