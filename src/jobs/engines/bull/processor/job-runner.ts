import type { Job } from 'bullmq';
import { Attempt } from '../../../store/attempt.js';
import type { Outcome } from '../../../store/outcome.js';
import type { AppliedPause } from '../../../store/pauses.js';
import { lockDuration } from '../../../store/store.js';
import type { StoreErrors } from '../connection/store-errors.js';
import { BullAttempt, type AttemptHost } from './bull-attempt.js';
import type { DamagedJobs } from './damaged-jobs.js';
import { CancelledJobs } from '../keys/cancelled-jobs.js';
import { EventStream } from '../keys/event-stream.js';
import { queueBase } from '../keys/fledge-keys.js';
import { jobKey } from '../scripts/job-key.js';
import { FinishedJobs } from './finished-jobs.js';
import type { ProcessorResources } from './processor-resources.js';
import { retryWhileLocked } from './retry-while-locked.js';
import { JobLeft, Settlement, type JobMover } from './settlement.js';
import type { WorkerPauses } from './worker-pauses.js';

/** An idle slot may claim one more job after `pause`. The job goes back to its queue without an event. */
const neverRan: Outcome = { kind: 'interrupted' };

/** Runs the fetched jobs of one queue, each from its attempt to its settlement. */
export class JobRunner implements AttemptHost, JobMover {
  private readonly finished = new FinishedJobs();
  readonly stream: EventStream;
  private isQuiet = false;
  /** How many jobs are running or being settled. */
  active = 0;

  constructor(
    private readonly queue: string,
    private readonly resources: ProcessorResources,
    private readonly damaged: DamagedJobs,
    private readonly onRefusal: (error: Error) => void,
  ) {
    this.stream = new EventStream(resources.client, resources.prefix, queue);
  }

  get pauses(): WorkerPauses {
    return this.resources.pauses;
  }

  get errors(): StoreErrors {
    return this.resources.errors;
  }

  /** Hands back every job that is fetched from now on. */
  quiet(): void {
    this.isQuiet = true;
  }

  /** BullMQ's processor function. BullMQ learns the outcome from the result, or from the error that is thrown. */
  async run(job: Job, token: string): Promise<unknown> {
    const stored = new BullAttempt(job, this.queue, this);
    const attempt = new Attempt(stored, stored);
    const { running } = this.resources;
    running.begin(attempt);
    this.active += 1;
    try {
      const outcome = await this.outcomeOf(attempt, job);
      attempt.phase = 'settling';
      return await this.settle(outcome, job, token, attempt);
    } finally {
      this.active -= 1;
      running.end(attempt);
    }
  }

  /** Call it when BullMQ has acknowledged the job. */
  acknowledged(job: Job): void {
    const ended = this.finished.forget(job);
    if (ended?.resultJson !== undefined) this.stream.added(ended.resultJson.length);
  }

  private async outcomeOf(attempt: Attempt, job: Job): Promise<Outcome> {
    const known = this.finished.recall(job);
    if (known) {
      attempt.resultJson = known.resultJson;
      return known.outcome;
    }
    if (this.isQuiet) return neverRan;
    const outcome = await this.resources.execute(attempt);
    this.finished.remember(job, outcome, attempt.resultJson);
    return outcome;
  }

  private async settle(outcome: Outcome, job: Job, token: string, attempt: Attempt): Promise<unknown> {
    try {
      return await new Settlement(job, token, attempt, this).settle(outcome);
    } catch (signal) {
      if (signal instanceof JobLeft) this.leave(attempt, signal, outcome);
      else if (outcome.kind === 'interrupted' && outcome !== neverRan) this.handBack(attempt);
      throw signal;
    }
  }

  /** If the job's own record is damaged, the job goes to the dead set instead, and BullMQ lets go of it. */
  async move(
    attempt: Attempt,
    { id: done }: Job,
    token: string,
    move: () => Promise<unknown>,
  ): Promise<void> {
    try {
      await this.whileLeased(attempt, move);
    } catch (thrown) {
      if (!(await this.damaged.bury({ thrown, token, done }))) throw thrown;
    }
  }

  async rememberCancelled({ job, abortedAt = Date.now() }: Attempt): Promise<void> {
    const { running, client, prefix } = this.resources;
    const note = running.cancellations.find(job) ?? { at: abortedAt };
    await new CancelledJobs(client, prefix)
      .remember(this.queue, job.id, job.name, note)
      // The outcome counts even if the store does not remember it.
      .catch(() => undefined);
  }

  wasServed(queue: string, time: number): Promise<boolean> {
    return this.resources.wasServed(queue, time);
  }

  claimRun(schedule: string, job: { readonly id: string; readonly queue: string }): Promise<boolean> {
    return this.resources.claimRun(schedule, job);
  }

  waitForResume(schedule: string, job: { readonly id: string; readonly queue: string }): Promise<boolean> {
    return this.resources.waitForResume(schedule, job);
  }

  putOff({ id = '', name }: Job, pause: AppliedPause): Promise<number | undefined> {
    const job = { id, name, queue: this.queue };
    this.pauses.clearTheWay(job, pause);
    return this.pauses.putOff(job, pause);
  }

  logLines(id: string): Promise<string[]> {
    const { client, prefix } = this.resources;
    return client.lrange(jobKey(queueBase(prefix, this.queue), id, ':logs'), 0, -1);
  }

  whileLeased(attempt: Attempt, work: () => Promise<unknown>): Promise<unknown> {
    const lockedUntil = (): number => attempt.leasedAt + lockDuration;
    return retryWhileLocked(work, lockedUntil, this.onRefusal);
  }

  private handBack({ job: { id, name, queue }, subject, abortedAt, startedAt }: Attempt): void {
    this.resources.running.handedBack += 1;
    const duration = Date.now() - (abortedAt ?? startedAt);
    this.resources.events.emit({ type: 'handed-back', id, name, queue, subject, duration });
  }

  private leave(attempt: Attempt, { cause }: JobLeft, { kind }: Outcome): void {
    const {
      subject,
      job: { id, name, queue },
    } = attempt;
    if (kind === 'interrupted') this.resources.running.leave(attempt);
    this.resources.events.emit({
      type: 'job-left',
      id,
      name,
      queue,
      subject,
      error: this.errors.explain(cause),
    });
  }
}
