import { AsyncLocalStorage } from 'node:async_hooks';
import { FledgeError } from '../../jobs/values/errors.js';
import type { Found } from './test-store.js';

/** The jobs that one enqueue of the test runs: its own, those that this enqueues, and so on. */
interface Chain {
  ran: number;
  endless?: FledgeError;
}

/** Each runs before the enqueue of the one before is over, so that all of them are in memory at once. */
const longest = 1_000;

/** The mode `inline`: runs jobs before their enqueues resolve. */
export class Inline {
  private readonly chains = new AsyncLocalStorage<Chain>();

  /** @throws FledgeError `FLEDGE_DRAIN_ENDLESS` to whoever began, when jobs enqueue jobs forever; the last of these waits */
  async run(found: Found): Promise<void> {
    const chain = this.chains.getStore();
    if (chain) return this.goOn(chain, found);
    const begun: Chain = { ran: 0 };
    await this.chains.run(begun, () => this.goOn(begun, found));
    if (begun.endless) throw begun.endless;
  }

  private async goOn(chain: Chain, { queue, job }: Found): Promise<void> {
    const { unique } = job;
    const follows = (): typeof job | undefined =>
      unique && queue.jobs.in('waiting').find((other) => other.unique?.key === unique.key);
    // What was kept to follow a unique job comes when that is done.
    for (let next: typeof job | undefined = job; next; next = follows()) {
      if (chain.ran >= longest) {
        chain.endless ??= endless(next.name);
        return;
      }
      chain.ran += 1;
      await queue.run(next);
    }
  }
}

function endless(name: string): FledgeError {
  return new FledgeError(
    'FLEDGE_DRAIN_ENDLESS',
    `One enqueue ran ${longest} jobs, and ${name} is enqueued again: does it enqueue itself? Give the follow-up a delay, or leave it to a drain: jobs.mode = 'fake'.`,
  );
}
