import type { RunningJob } from '../store/attempt.js';
import type { FleetCommand } from '../store/fleet.js';
import type { Pause } from '../store/pauses.js';

/** Events of one worker process. */
type ProcessEvent =
  | {
      readonly type: 'worker-started';
      readonly queues: readonly { name: string; concurrency: number }[];
      /** The queues of the application's own workers, such as `@Processor` classes of @nestjs/bullmq. */
      readonly others?: readonly { name: string; concurrency: number }[];
      /** Declared queues that this worker does not serve. */
      readonly leftOut: readonly string[];
    }
  /** The worker's settings, and where each one came from. */
  | {
      readonly type: 'worker-settings';
      readonly settings: readonly { readonly name: string; readonly value: string }[];
    }
  | { readonly type: 'worker-quiet' }
  /** The running jobs, after SIGTTIN. */
  | { readonly type: 'worker-jobs'; readonly jobs: readonly RunningJob[] }
  /** The worker received a remote command. */
  | { readonly type: 'worker-command'; readonly command: FleetCommand }
  /** The worker noticed that jobs are paused. It starts none of them until they are resumed. */
  | ({ readonly type: 'worker-paused' } & Pause)
  /** The worker noticed that jobs were resumed. */
  | { readonly type: 'worker-resumed'; readonly name: string }
  | { readonly type: 'health-listening'; readonly url: string }
  | { readonly type: 'worker-stopping'; readonly running: number }
  | {
      readonly type: 'worker-stopped';
      readonly duration: number;
      readonly handedBack: number;
      /** The number of unfinished jobs that could not be handed back. They run elsewhere once their locks have expired. */
      readonly left: number;
      /** The jobs among them that are still running. They end with the process. */
      readonly running: readonly RunningJob[];
    }
  /** The event loop was blocked, so nothing else ran and no lock was renewed. */
  | {
      readonly type: 'loop-blocked';
      /** How long the loop was blocked, in milliseconds. If there were several blocks, the longest. */
      readonly duration: number;
      /**
       * The job that blocked the loop, or all jobs that may have. Empty if no job was running, undefined if the jobs are not
       * known.
       */
      readonly jobs?: readonly { readonly id: string; readonly name: string }[];
      /** The function, file and line that was running. */
      readonly where?: string;
      /** 1 for the first block. Then the number of blocks by the same jobs in the last minute, which were not reported yet. */
      readonly count: number;
      /** How long a job's lock lasts, in milliseconds. After a longer block the job can run twice. */
      readonly lockDuration: number;
    };

/** Events about all worker processes of a store. */
type FleetEvent =
  /** This process paused or resumed a queue. */
  | { readonly type: 'queue-paused' | 'queue-resumed'; readonly queue: string }
  /** This process paused or resumed jobs: those of a class, of a mailer, or of a mailer's action. */
  | { readonly type: 'job-paused' | 'job-resumed'; readonly name: string }
  /** A queue has jobs but no worker. */
  | { readonly type: 'queue-unserved'; readonly queue: string; readonly jobs: number }
  | { readonly type: 'queue-served-again'; readonly queue: string }
  /** No live worker process knows this job class, although its queue has workers. */
  | { readonly type: 'job-unserved'; readonly name: string; readonly queue: string }
  | { readonly type: 'job-served-again'; readonly name: string };

export type WorkerEvent = ProcessEvent | FleetEvent;
