import type { JobEvents } from '../../../events/events.js';
import {
  KnownPauses,
  putOffFor,
  type AppliedPause,
  type PausableJob,
  type Pause,
  type PauseLookup,
} from '../../../store/pauses.js';
import type { PausedJobs } from '../keys/paused-jobs.js';

/** A job that is put off. */
interface PutOffJob {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
}

/** The pauses that a worker knows. It reads them twice a second, so a job costs no question to the store. */
export class WorkerPauses implements PauseLookup {
  private known = new KnownPauses();
  /** The pauses that have ended while this worker may have been putting off jobs. */
  private readonly ended = new Set<string>();
  private isReleasing = false;
  /** The queues and names of which waiting jobs are being put off. */
  private readonly clearing = new Set<string>();

  constructor(
    private readonly jobs: PausedJobs,
    private readonly events: JobEvents,
  ) {}

  get size(): number {
    return this.known.size;
  }

  find(job: PausableJob): Pause | undefined {
    return this.known.find(job);
  }

  /** Reads the pauses. Costs one small read while nothing is paused. */
  async look(): Promise<void> {
    const [before, now] = [this.known, new KnownPauses(await this.jobs.list())];
    this.known = now;
    for (const pause of now.all) {
      this.ended.delete(pause.name);
      if (!before.has(pause.name)) this.events.emit({ type: 'worker-paused', ...pause });
    }
    for (const { name } of before.all) if (!now.has(name)) this.end(name);
    void this.release();
  }

  /**
   * Notes in the store that a job is put off. The caller moves the job.
   * @returns the time until which the job is put off, in milliseconds since 1970. Undefined if the pause has ended
   */
  async putOff({ id, queue }: PutOffJob, { by }: AppliedPause): Promise<number | undefined> {
    const till = Date.now() + putOffFor;
    if (this.known.has(by) && (await this.jobs.remember(by, queue, id, till))) return till;
    this.forget(by);
    return undefined;
  }

  /** Puts off the waiting jobs of the same name in bulk. One by one they would delay the jobs behind them. */
  clearTheWay({ name, queue }: PutOffJob, { by, everyJob }: AppliedPause): void {
    const what = JSON.stringify([queue, name]);
    if (!everyJob || this.clearing.has(what)) return;
    this.clearing.add(what);
    void this.putOffWaiting(by, queue, name).finally(() => this.clearing.delete(what));
  }

  /** Forgets a pause before the next look, so that the jobs that were just released run. */
  private forget(name: string): void {
    if (!this.known.has(name)) return;
    this.known = new KnownPauses(this.known.all.filter((pause) => pause.name !== name));
    this.end(name);
  }

  private end(name: string): void {
    this.ended.add(name);
    this.events.emit({ type: 'worker-resumed', name });
  }

  private async putOffWaiting(by: string, queue: string, name: string): Promise<void> {
    try {
      while (this.known.has(by)) if ((await this.jobs.putOffNext(by, queue, name)) === 0) return;
    } catch {
      // The store's errors are reported elsewhere. The next paused job tries again.
    }
  }

  /** Releases what this worker has put off before it noticed that a pause had ended. */
  private async release(): Promise<void> {
    if (this.isReleasing || this.ended.size === 0) return;
    this.isReleasing = true;
    try {
      for (const name of this.ended) if ((await this.jobs.release(name)) === 0) this.ended.delete(name);
    } catch {
      // The next look tries again.
    } finally {
      this.isReleasing = false;
    }
  }
}
