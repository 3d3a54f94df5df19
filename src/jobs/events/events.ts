import { asError, type FledgeErrorCode } from '../values/errors.js';
import { printableBelow } from '../values/printable.js';
import type { JobLifeEvent } from './job-events.js';
import type { MailEvent } from './mail-events.js';
import type { ScheduleEvent } from './schedule-events.js';
import type { StoreEvent } from './store-events.js';
import type { WorkerEvent } from './worker-events.js';

/** A problem that an operator or developer should fix. Any part of Fledge may emit it. */
interface Warning {
  readonly type: 'warning';
  readonly code: FledgeErrorCode;
  readonly message: string;
}

/** A fact about what happened in this process. It has no text. Subscribers such as the log turn it into text. */
export type JobEvent = JobLifeEvent | MailEvent | ScheduleEvent | StoreEvent | WorkerEvent | Warning;

export type JobEventListener = (event: JobEvent) => void;

/** The stream of all events. If a listener throws, the error is reported and the other listeners are still called. */
export class JobEvents {
  private readonly listeners = new Set<JobEventListener>();

  /**
   * @param report receives a message and the stack of the error. A process warning by default, because a process without Nest has no
   * logger
   */
  constructor(private readonly report: (message: string, stack: string) => void = warn) {}

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
        this.report(`A subscriber of ${event.type} threw`, printableBelow(asError(error).stack ?? ''));
      }
    }
  }
}

function warn(message: string, stack: string): void {
  process.emitWarning(message, { detail: stack });
}
