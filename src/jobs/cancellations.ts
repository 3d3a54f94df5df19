/** What is to end: one job, or all of a class that were enqueued before now. */
export type CancelTarget =
  { readonly kind: 'job'; readonly id: string } | { readonly kind: 'class'; readonly name: string };

/** Somebody asked for the end of jobs. */
export interface Cancellation {
  readonly target: CancelTarget;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** In the canceller's words. */
  readonly reason?: string;
}

/** How long a cancellation is remembered; milliseconds. A job that is put off for longer is not hit by it any more. */
export const cancellationsLast = 24 * 3_600_000;

/** Where it is left for the workers that run the jobs, or begin one that was on its way between two states. */
export interface Cancellations {
  /** Workers hear of it within half a second. */
  leave(target: CancelTarget, reason: string | undefined): Promise<void>;
}

interface CancellableJob {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly enqueuedAt: number;
}

/** The cancellations that a process has heard of, by what they hit. */
export class HeardCancellations {
  private readonly jobs = new Map<string, Cancellation>();
  private readonly classes = new Map<string, Cancellation>();

  /** In place of all that were heard before. */
  replace(cancellations: readonly Cancellation[]): void {
    this.jobs.clear();
    this.classes.clear();
    for (const cancellation of cancellations) this.add(cancellation);
  }

  add(cancellation: Cancellation): void {
    const { target } = cancellation;
    if (target.kind === 'job') this.jobs.set(target.id, cancellation);
    else this.classes.set(target.name, cancellation);
  }

  /** The one that hits this job. One enqueued after its class was cancelled is another matter. */
  find({ id, name, enqueuedAt }: CancellableJob): Cancellation | undefined {
    if (this.jobs.size === 0 && this.classes.size === 0) return undefined;
    const ofClass = this.classes.get(name);
    return this.jobs.get(id) ?? (ofClass && enqueuedAt <= ofClass.at ? ofClass : undefined);
  }
}
