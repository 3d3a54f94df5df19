import type { RunningJob } from '../store/attempt.js';
import type { FleetCommand } from '../store/fleet.js';

/** One worker process. */
type ProcessEvent =
  | {
      readonly type: 'worker-started';
      readonly queues: readonly { name: string; concurrency: number }[];
      /** Declared queues that this worker leaves to others. */
      readonly leftOut: readonly string[];
    }
  /** What the worker goes by, and where each of it comes from. */
  | {
      readonly type: 'worker-settings';
      readonly settings: readonly { readonly name: string; readonly value: string }[];
    }
  | { readonly type: 'worker-quiet' }
  /** What every running job is doing, because somebody asked. */
  | { readonly type: 'worker-jobs'; readonly jobs: readonly RunningJob[] }
  /** Somebody asked for it from afar. */
  | { readonly type: 'worker-command'; readonly command: FleetCommand }
  | { readonly type: 'health-listening'; readonly url: string }
  | { readonly type: 'worker-stopping'; readonly running: number }
  | {
      readonly type: 'worker-stopped';
      readonly duration: number;
      readonly handedBack: number;
      /** Unfinished jobs that could not be handed back: they run elsewhere once their locks have run out. */
      readonly left: number;
      /** Those of them that still run, and end with the process. */
      readonly running: readonly RunningJob[];
    }
  /** The event loop did not turn, so that nothing else ran and no lock was renewed. */
  | {
      readonly type: 'loop-blocked';
      /** Milliseconds; of the longest, if there were several. */
      readonly duration: number;
      /** The job that blocked it, or all that may have; empty: none was running; undefined: it could not be seen. */
      readonly jobs?: readonly { readonly id: string; readonly name: string }[];
      /** The function, file and line that it was found in. */
      readonly where?: string;
      /** 1; or how many blocks by the same jobs there were in the last minute, in which only the first was told. */
      readonly count: number;
      /** Milliseconds that a job's lock lasts: after a longer block it can run twice. */
      readonly lockDuration: number;
    };

/** All worker processes of a store. */
type FleetEvent =
  | { readonly type: 'queue-unserved'; readonly queue: string; readonly jobs: number }
  | { readonly type: 'queue-served-again'; readonly queue: string }
  /** No live worker process knows this class, though there are some for its queue. */
  | { readonly type: 'job-unserved'; readonly name: string; readonly queue: string }
  | { readonly type: 'job-served-again'; readonly name: string };

export type WorkerEvent = ProcessEvent | FleetEvent;
