import type { Duration } from '../../jobs/index.js';

/** How fast mails may go out, of this process. */
export interface RateOptions {
  /** 1 or more. */
  readonly messages: number;
  /** 1 ms to a day. */
  readonly per: Duration;
}
