import { day, toMillisecondsWithin, type Duration } from '../../values/duration.js';
import { FledgeError } from '../../values/errors.js';

/** A year: what is put off for longer is no snooze. */
const snoozes = { least: 0, most: 365 * day };

/**
 * Throw it from `perform` when the job has become pointless: it ends without failure and is forgotten.
 * @example if (!order) throw new DiscardJob('the order was deleted');
 */
export class DiscardJob extends FledgeError {
  constructor(why = 'perform threw DiscardJob', options: { readonly cause?: unknown } = {}) {
    super('FLEDGE_JOB_DISCARDED', why, options);
  }
}

/**
 * Throw it from `perform` when no further attempt can help: the job goes straight to the dead set, to be looked at.
 * @example throw new KillJob('the card was reported stolen', { cause: error });
 */
export class KillJob extends FledgeError {
  constructor(why = 'perform threw KillJob', options: { readonly cause?: unknown } = {}) {
    super('FLEDGE_JOB_KILLED', why, options);
  }
}

/**
 * Throw it from `perform` when it is too early: the job comes back after `delay`, and no attempt is spent. It may be
 * snoozed any number of times.
 * @example throw new SnoozeJob('5m', 'the export is not ready');
 */
export class SnoozeJob extends FledgeError {
  /** Milliseconds. */
  readonly delay: number;

  /**
   * @param delay milliseconds, `'90s'`, `'5m'`; a year at most
   * @throws FledgeError `FLEDGE_OPTION_INVALID`
   */
  constructor(delay: Duration, why = 'perform threw SnoozeJob') {
    super('FLEDGE_JOB_SNOOZED', why);
    this.delay = toMillisecondsWithin(snoozes, delay, 'the delay of SnoozeJob');
  }
}
