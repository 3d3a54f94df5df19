import { AsyncLocalStorage } from 'node:async_hooks';
import type { Attempt } from '../../jobs/store/attempt.js';
import { FledgeError } from '../../jobs/values/errors.js';
import type { PendingJob } from './test-store.js';

/** The jobs that one enqueue of the test runs: its job, the jobs that this job enqueues, and so on. */
interface Chain {
  ran: number;
  endless?: FledgeError;
}

/** The most jobs of a chain. Their enqueues are nested, so all of them are in memory at once. */
const longest = 1_000;

/** The mode `inline`: runs jobs before their enqueues resolve. */
export class Inline {
  private readonly chains = new AsyncLocalStorage<Chain>();
  /** The chain of each running job. The store runs jobs outside the context of their enqueue. */
  private readonly chainOf = new Map<string, Chain>();

  /**
   * @throws FledgeError `FLEDGE_DRAIN_ENDLESS` if the jobs enqueue jobs without end. The first enqueue throws it, and the last
   * job stays in its queue.
   */
  async run(pending: PendingJob): Promise<void> {
    const chain = this.chains.getStore();
    if (chain) return this.runInChain(chain, pending);
    const begun: Chain = { ran: 0 };
    await this.chains.run(begun, () => this.runInChain(begun, pending));
    if (begun.endless) throw begun.endless;
  }

  /** Runs an attempt in the chain of its job, so that the jobs which it enqueues belong to the same chain. */
  within<Result>({ job }: Attempt, run: () => Promise<Result>): Promise<Result> {
    const chain = this.chainOf.get(job.id);
    return chain ? this.chains.run(chain, run) : run();
  }

  private async runInChain(chain: Chain, { queue, job }: PendingJob): Promise<void> {
    const { unique } = job;
    const follows = (): typeof job | undefined =>
      unique && queue.jobs.in('waiting').find((other) => other.unique?.key === unique.key);
    // A unique job may have a follower, which waits until the job is done.
    for (let next: typeof job | undefined = job; next; next = follows()) {
      if (chain.ran >= longest) {
        chain.endless ??= endless(next.name);
        return;
      }
      chain.ran += 1;
      this.chainOf.set(next.id, chain);
      await queue.run(next);
      this.chainOf.delete(next.id);
    }
  }
}

function endless(name: string): FledgeError {
  return new FledgeError(
    'FLEDGE_DRAIN_ENDLESS',
    `One enqueue ran ${longest} jobs, and ${name} was enqueued once more. It may enqueue itself without end. Enqueue the next job with a delay, or set jobs.mode = 'fake' and call jobs.drain().`,
  );
}
