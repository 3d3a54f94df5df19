import { Worker, type Job, type JobJson } from 'bullmq';
import { DamagedRecord, type DamagedJobs, type Failure } from './damaged-jobs.js';
import { patiently } from './retry-while-locked.js';
import { problemOfFetched } from '../inventory/stored-job.js';

/** Stands for data that is no JSON: no envelope. */
const unreadable = '"unreadable"';

/** BullMQ's worker, which can be seen to fetch, whose acknowledgements outlast a failover, and which no damaged job stops. */
export class PatientWorker extends Worker {
  /** When it last asked for a job; at first, when it was made. */
  lastFetchAt = Date.now();
  fetches = 0;
  /** Called when the store has answered such a question. */
  onServed: () => void = () => undefined;
  /** Of its queue; set before it runs. */
  damaged?: DamagedJobs;
  private hasLooked = false;

  protected override createBackend(): void {
    super.createBackend();
    const { backend } = this;
    const check = backend.moveStalledJobsToWait.bind(backend);
    backend.moveStalledJobsToWait = async () => {
      await this.look(false);
      return check();
    };
  }

  protected override async moveToActive(
    ...args: Parameters<Worker['moveToActive']>
  ): ReturnType<Worker['moveToActive']> {
    this.lastFetchAt = Date.now();
    this.fetches += 1;
    // Before BullMQ moves the scheduled jobs that fell due while no worker was there.
    if (!this.hasLooked) await this.firstLook();
    try {
      const next = await super.moveToActive(...args);
      this.onServed();
      return next;
    } catch (thrown) {
      const [token] = args;
      if (!(await this.damaged?.bury({ thrown, token }))) throw thrown;
      // No job this time; BullMQ asks again at once.
      return undefined as never;
    }
  }

  /** BullMQ throws at data that is no JSON, and meets the job again and again: without its data it is damaged, and killed. */
  protected override createJob(json: JobJson, id: string): Job {
    const problem = problemOfFetched(json, id);
    if (problem !== undefined) throw new DamagedRecord(problem);
    try {
      return super.createJob(json, id);
    } catch {
      return super.createJob({ ...json, data: unreadable }, id);
    }
  }

  protected override handleCompleted(
    ...args: Parameters<Worker['handleCompleted']>
  ): ReturnType<Worker['handleCompleted']> {
    const [, { id }, token] = args;
    return this.acknowledge({ token, done: id }, () => super.handleCompleted(...args));
  }

  protected override handleFailed(
    ...args: Parameters<Worker['handleFailed']>
  ): ReturnType<Worker['handleFailed']> {
    const [, { id }, token] = args;
    // BullMQ comes here too when it could not complete a job. Nothing is left to be tried then.
    return this.acknowledge({ token, done: id, isLast: true }, () => super.handleFailed(...args));
  }

  /**
   * BullMQ gives up at the first refusal, and the job, though finished, would stall and run again. The same script fetches
   * the next job, and fails, though it has done the rest, where that one is damaged.
   */
  private acknowledge(place: Omit<Failure, 'thrown'>, acknowledge: () => Promise<Job>): Promise<Job> {
    // It is renewed no more once BullMQ begins to acknowledge.
    const lockedUntil = Date.now() + this.opts.lockDuration!;
    return patiently(
      acknowledge,
      () => lockedUntil,
      (error) => this.emit('error', error),
      async (thrown) => {
        if (!(await this.damaged?.bury({ thrown, ...place }))) throw thrown;
        return undefined as never;
      },
    );
  }

  private async firstLook(): Promise<void> {
    await this.look(true);
    this.hasLooked = true;
  }

  /** A store that refuses is the breaker's affair, and BullMQ's own script meets it too. */
  private async look(inAnyCase: boolean): Promise<void> {
    await this.damaged?.look(inAnyCase).catch(() => undefined);
  }
}
