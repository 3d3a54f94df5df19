import { Injectable, Logger } from '@nestjs/common';
import { asError, type FledgeErrorCode } from '../values/errors.js';
import { printableBelow } from '../values/printable.js';
import type { JobLifeEvent } from './job-events.js';
import type { MailEvent } from './mail-events.js';
import type { ScheduleEvent } from './schedule-events.js';
import type { StoreEvent } from './store-events.js';
import type { WorkerEvent } from './worker-events.js';

/** Something that people should know before it hurts. Any part of Fledge may say so. */
interface Warning {
  readonly type: 'warning';
  readonly code: FledgeErrorCode;
  readonly message: string;
}

/** A fact about what happened in this process. Nothing here is worded: subscribers do that. */
export type JobEvent = JobLifeEvent | MailEvent | ScheduleEvent | StoreEvent | WorkerEvent | Warning;

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
