import { setTimeout as sleep } from 'node:timers/promises';
import { day, invalidOption, toMillisecondsWithin } from '../../jobs/internals.js';
import type { RateOptions } from '../options/rate-options.js';

/** Limits the number of mails in any period of a given length. The other mails wait for their turn. */
export class RateLimit {
  /** When the last mails passed or will pass, in milliseconds of the monotonic clock. */
  private readonly passes: number[] = [];
  private readonly messages: number;
  private readonly per: number;

  /**
   * @param who the transport's description, for the message
   * @throws FledgeError `FLEDGE_OPTION_INVALID`
   */
  constructor({ messages, per }: RateOptions, who: string) {
    if (!Number.isSafeInteger(messages) || messages < 1) {
      throw invalidOption(`${who}: rate.messages is ${String(messages)}. Use a whole number, 1 or more.`);
    }
    this.messages = messages;
    this.per = toMillisecondsWithin({ least: 1, most: day }, per, `${who}: rate.per`);
  }

  /**
   * Waits until the next mail may be sent.
   *
   * @throws the signal's reason
   */
  async pass(signal?: AbortSignal): Promise<void> {
    const now = performance.now();
    const before = this.passes.length < this.messages ? undefined : this.passes.shift();
    const at = before === undefined ? now : Math.max(now, before + this.per);
    this.passes.push(at);
    if (at <= now) return;
    try {
      await sleep(Math.ceil(at - now), undefined, signal ? { signal } : {});
    } catch (thrown) {
      signal?.throwIfAborted();
      throw thrown;
    }
  }
}
