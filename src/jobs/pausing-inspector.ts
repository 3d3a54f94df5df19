import type { Type } from '@nestjs/common';
import type { JobRegistry } from './discovery/registry.js';
import type { PausedState, Pausing } from './inspect/pausing.js';
import type { Performable } from './job/job.js';
import type { ScheduleEdits } from './schedules/schedule-edits.js';

/** The part of `JobsInspector` that pauses and resumes. */
export abstract class PausingInspector {
  protected constructor(
    protected readonly registry: JobRegistry,
    protected readonly pausing: Pausing,
    protected readonly scheduleEdits: ScheduleEdits,
  ) {}

  /**
   * Lists the paused queues and the paused jobs. `schedules()` lists the paused schedules.
   * @throws FledgeError `FLEDGE_STORE_…`
   */
  async paused(): Promise<PausedState[]> {
    return this.pausing.paused();
  }

  /**
   * Pauses a queue until it is resumed. No worker takes jobs from it, also no `@Processor` of @nestjs/bullmq. Running jobs
   * continue.
   *
   * @returns false if it is paused already
   * @throws FledgeError `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_STORE_…`
   */
  async pauseQueue(queue: string): Promise<boolean> {
    return this.pausing.pauseQueue(queue);
  }

  /**
   * Resumes a paused queue.
   *
   * @returns false if it was not paused
   * @throws FledgeError `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_STORE_…`
   */
  async resumeQueue(queue: string): Promise<boolean> {
    return this.pausing.resumeQueue(queue);
  }

  /**
   * Pauses the jobs of one class in all queues until they are resumed, even across restarts and deploys. Running jobs continue.
   * Other jobs wait without using up an attempt, and keep their unique locks. Takes effect within a second. `JobsService.perform`
   * runs a job anyway.
   *
   * @param job a job class or its stored name. For mails also the mailer, such as `'UserMailer'`, or the mailer and action, such
   * as `'UserMailer.welcome'`
   * @returns false if they are paused already
   * @throws FledgeError `FLEDGE_JOB_NAME_UNKNOWN`, `FLEDGE_JOB_NOT_REGISTERED`, `FLEDGE_STORE_…`
   */
  async pauseJob(job: Type<Performable> | string): Promise<boolean> {
    return this.pausing.pauseJob(this.nameOf(job));
  }

  /**
   * Resumes paused jobs. Jobs that are due run within two seconds, if a worker has a free slot.
   *
   * @param job as for `pauseJob`
   * @returns false if they were not paused
   * @throws FledgeError `FLEDGE_JOB_NAME_UNKNOWN`, `FLEDGE_JOB_NOT_REGISTERED`, `FLEDGE_STORE_…`
   */
  async resumeJob(job: Type<Performable> | string): Promise<boolean> {
    return this.pausing.resumeJob(this.nameOf(job));
  }

  /**
   * Pauses a schedule until it is resumed, even across deploys. A schedule that a deploy removes is still paused if it
   * comes back within a week. A tick that has not started is dropped.
   * @throws FledgeError `FLEDGE_SCHEDULE_UNKNOWN`, `FLEDGE_STORE_…`
   */
  async pauseSchedule(name: string): Promise<void> {
    await this.scheduleEdits.pause(name);
  }

  /**
   * Resumes a schedule, beginning with the first tick from now. If this process's clock is more than a second ahead of the
   * server's, a worker plans the tick within 15 s.
   * @throws FledgeError `FLEDGE_SCHEDULE_UNKNOWN`, `FLEDGE_STORE_…`
   */
  async resumeSchedule(name: string): Promise<void> {
    await this.scheduleEdits.resume(name);
  }

  private nameOf(job: Type<Performable> | string): string {
    return typeof job === 'function' ? this.registry.definitionOf(job).name : job;
  }
}
