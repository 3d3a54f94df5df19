import type { AddResult, NewJob } from './store.js';

/**
 * Gathers jobs that come out of their middleware one by one, and adds them in one go when the last has come or has
 * said that it will not.
 */
export class AddBatch {
  private readonly jobs: NewJob[] = [];
  private readonly added: Promise<AddResult[]>;
  private flush!: () => void;

  /** @param expected how many will `join` or `leave` */
  constructor(
    private expected: number,
    add: (jobs: readonly NewJob[]) => Promise<AddResult[]>,
  ) {
    this.added = new Promise<void>((resolve) => (this.flush = resolve)).then(() => add(this.jobs));
    if (expected === 0) this.flush();
  }

  /** Resolves once the batch is added. */
  async join(job: NewJob): Promise<AddResult> {
    const place = this.jobs.push(job) - 1;
    this.leave();
    return (await this.added)[place]!;
  }

  /** One fewer to wait for. */
  leave(): void {
    this.expected -= 1;
    if (this.expected === 0) this.flush();
  }
}
