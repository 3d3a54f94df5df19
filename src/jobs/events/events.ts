import { Injectable, Logger } from '@nestjs/common';
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

/** The stream of all events. If a listener throws, the error is logged and the other listeners are still called. */
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
