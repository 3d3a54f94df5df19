import { Injectable, Logger } from '@nestjs/common';
import type { AbortReason, RunningJob } from '../store/attempt.js';
import type { CancelTarget } from '../store/cancellations.js';
import { asError, type FledgeErrorCode } from '../values/errors.js';
import type { FleetCommand } from '../store/fleet.js';
import type { JobCall } from '../job/calls.js';
import type { Outcome } from '../store/outcome.js';
import type { Timing } from '../job/schedule/timing.js';
import { printableBelow } from '../values/printable.js';

interface JobFact {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
}

/** Of a job that delivers a mail. Nobody's address is told. */
interface MailFact extends JobFact {
  readonly mailer: string;
  readonly action: string;
}

interface AttemptFact extends JobFact {
  readonly attempt: number;
  readonly attempts: number;
  /** Milliseconds between the moment when the job was due and its start. */
  readonly wait: number;
}

/** A fact about what happened in this process. Nothing here is worded: subscribers do that. */
export type JobEvent =
  | (JobFact & { readonly type: 'enqueued'; readonly delay: number })
  | { readonly type: 'bulk-enqueued'; readonly name: string; readonly queue: string; readonly count: number }
  | (JobFact & { readonly type: 'vetoed' })
  /** Not enqueued, since that one is there; or enqueued in that one's place. */
  | (JobFact & { readonly type: 'duplicate' | 'replaced'; readonly duplicateOf: string })
  /** Somebody in this process asked for the end of jobs. */
  | {
      readonly type: 'cancelled';
      readonly target: CancelTarget;
      readonly removed: number;
      readonly signalled: number;
      readonly reason?: string;
    }
  | (AttemptFact & { readonly type: 'started' })
  | (AttemptFact & {
      readonly type: 'finished';
      /** Milliseconds that the attempt took. */
      readonly duration: number;
      readonly outcome: Outcome;
      /** It ran here and now, by `JobsService.perform`, whose caller hears of the rest. */
      readonly inline?: true;
      /** What it ran with, where its class is known. Not for logs: the payload may be private. */
      readonly call?: JobCall;
      /** Only what `@Job({ logPayload })` lets through. */
      readonly payload?: unknown;
    })
  /** An interrupted job is back in its queue; milliseconds since its signal aborted. */
  | (JobFact & { readonly type: 'handed-back'; readonly duration: number })
  /** A job could not be moved to where it belongs: it runs again, no attempt spent, once its lock has run out. */
  | (JobFact & { readonly type: 'job-left'; readonly error: Error })
  /** The connection to the store: an event for each change, not for each error. */
  | { readonly type: 'store-ready'; readonly store: string }
  | { readonly type: 'store-lost'; readonly store: string; readonly error: Error }
  /** The store answers a worker, on this queue at first, with errors: said when it begins, then once a minute with how many there were. */
  | { readonly type: 'store-error'; readonly queue: string; readonly error: Error; readonly count: number }
  /** It serves all queues again, after so many refusals. */
  | { readonly type: 'store-serves'; readonly count: number }
  /** A processor had stopped to fetch, and was replaced. */
  | { readonly type: 'processor-replaced'; readonly queue: string; readonly silentFor: number }
  | { readonly type: 'warning'; readonly code: FledgeErrorCode; readonly message: string }
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
    }
  /** A job that was asked to end 2 s ago or more, and goes on. */
  | (JobFact & { readonly type: 'signal-ignored'; readonly reason: AbortReason; readonly since: number })
  /** The store's schedules were brought into line with the code. */
  | {
      readonly type: 'schedule-corrected';
      /**
       * `restored`: its next tick was gone, since the server had lost it or somebody had obliterated the queue. `paused`:
       * it still had one, since whoever paused it was interrupted.
       */
      readonly change: 'added' | 'changed' | 'paused' | 'removed' | 'restored';
      readonly schedule: string;
      /** The name of its job. */
      readonly job: string;
      readonly queue: string;
      readonly timing: Timing;
    }
  /** It will be tried again within 15 s. */
  | { readonly type: 'schedule-failed'; readonly schedule: string; readonly error: Error }
  /** Somebody asked for it in this process. */
  | { readonly type: 'schedule-paused' | 'schedule-resumed'; readonly schedule: string }
  /** No worker was there when it was due, and it is run now (`missed: 'once'`). One that is dropped has expired. */
  | (JobFact & { readonly type: 'tick-made-up'; readonly schedule: string; readonly tick: number })
  /** A server has a mail, for so many recipients; `detail` is what it said. */
  | (MailFact & {
      readonly type: 'mail-delivered';
      readonly transport: string;
      readonly recipients: number;
      readonly messageId: string;
      readonly detail: string;
    })
  /** A server has refused so many of its recipients for good. */
  | (MailFact & {
      readonly type: 'mail-rejected';
      readonly transport: string;
      readonly recipients: number;
      readonly response: string;
    })
  /** Middleware kept it from being sent. */
  | (MailFact & { readonly type: 'mail-vetoed'; readonly by: string })
  /** No mail can go out there until somebody has seen to it: told once for each cause, until one goes out. */
  | {
      readonly type: 'mail-transport-broken';
      readonly transport: string;
      readonly fault: string;
      readonly message: string;
    }
  | { readonly type: 'mail-transport-works'; readonly transport: string }
  | { readonly type: 'queue-unworked'; readonly queue: string; readonly jobs: number }
  | { readonly type: 'queue-worked-again'; readonly queue: string }
  /** No live worker process knows this class, though there are some for its queue. */
  | { readonly type: 'job-unworked'; readonly name: string; readonly queue: string }
  | { readonly type: 'job-worked-again'; readonly name: string };

export type JobEventListener = (event: JobEvent) => void;

/** The one stream of facts. A listener that throws is logged and harms nobody else. */
@Injectable()
export class JobEvents {
  private readonly listeners = new Set<JobEventListener>();
  private readonly logger = new Logger('Jobs');

  /** @returns a function that ends the subscription */
  subscribe(listener: JobEventListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  emit(event: JobEvent): void {
    for (const listener of this.listeners) {
      try {
        listener(event);
      } catch (error) {
        this.logger.error(`A subscriber of ${event.type} threw`, printableBelow(asError(error).stack ?? ''));
      }
    }
  }
}
