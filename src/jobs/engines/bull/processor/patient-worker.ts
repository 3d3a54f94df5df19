import { Worker, type Job, type JobJson } from 'bullmq';
import { unreadableData } from '../../../store/envelope.js';
import { DamagedRecord, type DamagedJobs, type Failure } from './damaged-jobs.js';
import { retryWhileLocked } from './retry-while-locked.js';
import { lockDuration } from '../../../store/store.js';
import { problemOfFetched } from '../inventory/stored-job.js';

/** BullMQ returns undefined when there is no next job, though its methods declare a job. */
const noJob = undefined as never;

/** BullMQ's worker with three additions. It counts its fetches, its acknowledgements outlast a failover, and a damaged job does not stop it. */
export class PatientWorker extends Worker {
  /** When it last fetched, or when it was created, in milliseconds since 1970. */
  lastFetchAt = Date.now();
  fetches = 0;
  /** Called when the store has answered a fetch. */
  onServed: () => void = () => undefined;
  /** Moves damaged jobs of its queue out of the way. Set before the worker runs. */
  damaged?: DamagedJobs;
  /** Called with the jobs whose locks were renewed, and with the time when the renewal was sent, in milliseconds since 1970. */
  onRenewed: (ids: readonly string[], sentAt: number) => void = () => undefined;
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
    // BullMQ is about to move the scheduled jobs that became due while there was no worker.
    if (!this.hasLooked) await this.firstLook();
    try {
      const next = await super.moveToActive(...args);
      this.onServed();
      return next;
    } catch (thrown) {
      const [token] = args;
      if (!(await this.damaged?.bury({ thrown, token }))) throw thrown;
      // BullMQ fetches again at once.
      return noJob;
    }
  }

  /** BullMQ throws at data that is not JSON, and would fetch the job again and again. With replaced data the job is damaged, and killed. */
  protected override createJob(json: JobJson, id: string): Job {
    const problem = problemOfFetched(json, id);
    if (problem !== undefined) throw new DamagedRecord(problem);
    try {
      return super.createJob(json, id);
    } catch {
      return super.createJob({ ...json, data: JSON.stringify(unreadableData) }, id);
    }
  }

  /** The locks last from when the server got the command. A blocked event loop may read its answer much later. */
  override async extendJobLocks(ids: string[], tokens: string[], duration: number): Promise<string[]> {
    const sentAt = Date.now();
    const failed = await super.extendJobLocks(ids, tokens, duration);
    this.onRenewed(
      ids.filter((id) => !failed.includes(id)),
      sentAt,
    );
    return failed;
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
    // BullMQ also comes here when it could not complete a job. There is no other way to acknowledge it then.
    return this.acknowledge({ token, done: id, isLast: true }, () => super.handleFailed(...args));
  }

  /**
   * BullMQ gives up at the first refusal, and the finished job would stall and run again. The same script fetches the next
   * job. If that one is damaged, the script fails after it has acknowledged this one.
   */
  private acknowledge(place: Omit<Failure, 'thrown'>, acknowledge: () => Promise<Job>): Promise<Job> {
    // BullMQ no longer renews the lock once it begins to acknowledge.
    const lockedUntil = Date.now() + (this.opts.lockDuration ?? lockDuration);
    return retryWhileLocked(
      acknowledge,
      () => lockedUntil,
      (error) => this.emit('error', error),
      async (thrown) => {
        if (!(await this.damaged?.bury({ thrown, ...place }))) throw thrown;
        return noJob;
      },
    );
  }

  private async firstLook(): Promise<void> {
    await this.look(true);
    this.hasLooked = true;
  }

  /** Ignores a refusal of the store. BullMQ's own script meets it next, and the breaker then pauses the processor. */
  private async look(inAnyCase: boolean): Promise<void> {
    await this.damaged?.look(inAnyCase).catch(() => undefined);
  }
}
