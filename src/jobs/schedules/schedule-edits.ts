import { Injectable } from '@nestjs/common';
import { JobEvents } from '../events/events.js';
import type { JobReceipt } from '../job/receipt.js';
import { Store } from '../store/store.js';
import { pauseSchedule, resumeSchedule, runSchedule } from './schedule-commands.js';

/** Pauses, resumes and runs schedules for the application, and emits an event for each. */
@Injectable()
export class ScheduleEdits {
  constructor(
    private readonly store: Store,
    private readonly events: JobEvents,
  ) {}

  async pause(name: string): Promise<void> {
    await pauseSchedule(this.store, name);
    this.events.emit({ type: 'schedule-paused', schedule: name });
  }

  async resume(name: string): Promise<void> {
    await resumeSchedule(this.store, name);
    this.events.emit({ type: 'schedule-resumed', schedule: name });
  }

  async run(name: string): Promise<JobReceipt> {
    const receipt = await runSchedule(this.store, name);
    const { id, name: job, queue } = receipt;
    this.events.emit({ type: 'enqueued', id, name: job, queue, delay: 0 });
    return receipt;
  }
}
