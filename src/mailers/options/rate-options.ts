import type { Duration } from '../../jobs/index.js';

/** The rate limit of this process. */
export interface RateOptions {
  /** The maximum number of mails in a period, 1 or more. */
  readonly messages: number;
  /** The length of the period, from 1 ms to a day. */
  readonly per: Duration;
}
