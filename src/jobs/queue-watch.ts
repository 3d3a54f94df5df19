import { Inject, Injectable } from '@nestjs/common';
import { FledgeError } from './errors.js';
import { JobEvents } from './events.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from './options.js';
import { Store, type UnworkedQueue } from './store.js';

const remindAfter = 60_000;

/** Says, in web and worker alike, when a queue has jobs that nobody works: "mailers was forgotten" is the classic. */
@Injectable()
export class QueueWatch {
  private timer?: NodeJS.Timeout;
  private saidBlind = false;
  /** Queues seen without a worker, and when that was last said; 0 for not yet. */
  private readonly unworked = new Map<string, number>();

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly store: Store,
    private readonly events: JobEvents,
  ) {}

  start(): void {
    const { watchInterval } = this.options;
    this.timer = setInterval(() => void this.look(), watchInterval).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    try {
      this.compare(await this.store.unworked([...this.options.queues.keys()]));
    } catch (error) {
      this.reportBlindness(error);
    }
  }

  /** Said once; other trouble of the store is its link's to report. */
  private reportBlindness(error: unknown): void {
    if (this.saidBlind || !(error instanceof FledgeError) || error.code !== 'FLEDGE_STORE_PERMISSION') return;
    this.saidBlind = true;
    this.events.emit({
      type: 'warning',
      code: 'FLEDGE_QUEUE_WATCH_BLIND',
      message:
        'Fledge cannot see whether every queue has a worker: the store’s user may not run CLIENT LIST. Allow it: +client|list.',
    });
  }

  /** A queue must be seen twice before it is reported: a deploy may leave a moment without workers. */
  private compare(found: readonly UnworkedQueue[]): void {
    for (const queue of this.unworked.keys()) {
      if (found.some((unworked) => unworked.queue === queue)) continue;
      if (this.unworked.get(queue)! > 0) this.events.emit({ type: 'queue-worked-again', queue });
      this.unworked.delete(queue);
    }
    for (const { queue, jobs } of found) {
      const said = this.unworked.get(queue);
      if (said !== undefined && Date.now() - said >= remindAfter) {
        this.events.emit({ type: 'queue-unworked', queue, jobs });
        this.unworked.set(queue, Date.now());
      }
      if (said === undefined) this.unworked.set(queue, 0);
    }
  }
}
