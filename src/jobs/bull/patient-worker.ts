import { Worker, type Job, type JobJson } from 'bullmq';
import { patiently } from './patiently.js';

/** Stands for data that is no JSON: no envelope. */
const unreadable = '"unreadable"';

/** BullMQ's worker, which can be seen to fetch, and whose acknowledgements outlast a failover. */
export class PatientWorker extends Worker {
  /** When it last asked for a job; at first, when it was made. */
  lastFetchAt = Date.now();
  fetches = 0;
  /** Called when the store has answered such a question. */
  onServed: () => void = () => undefined;

  protected override async moveToActive(
    ...args: Parameters<Worker['moveToActive']>
  ): ReturnType<Worker['moveToActive']> {
    this.lastFetchAt = Date.now();
    this.fetches += 1;
    const next = await super.moveToActive(...args);
    this.onServed();
    return next;
  }

  /** BullMQ throws at data that is no JSON, and meets the job again and again: without its data it is damaged, and killed. */
  protected override createJob(json: JobJson, id: string): Job {
    try {
      return super.createJob(json, id);
    } catch {
      return super.createJob({ ...json, data: unreadable }, id);
    }
  }

  protected override handleCompleted(
    ...args: Parameters<Worker['handleCompleted']>
  ): ReturnType<Worker['handleCompleted']> {
    return this.patiently(() => super.handleCompleted(...args));
  }

  protected override handleFailed(
    ...args: Parameters<Worker['handleFailed']>
  ): ReturnType<Worker['handleFailed']> {
    return this.patiently(() => super.handleFailed(...args));
  }

  /** BullMQ gives up at the first refusal, and the job, though finished, would stall and run again. */
  private patiently<Result>(acknowledge: () => Promise<Result>): Promise<Result> {
    // It is renewed no more once BullMQ begins to acknowledge.
    const lockedUntil = Date.now() + this.opts.lockDuration!;
    return patiently(
      acknowledge,
      () => lockedUntil,
      (error) => this.emit('error', error),
    );
  }
}
