import { day, toMillisecondsWithin, type Duration } from '../../values/duration.js';
import { FledgeError } from '../../values/errors.js';

/** A snooze of more than a year is probably a mistake in the unit. */
const snoozes = { least: 0, most: 365 * day };

/**
 * Throw it from `perform` if the job has become pointless. The job is deleted, and does not count as failed.
 * @example if (!order) throw new DiscardJob('the order was deleted');
 */
export class DiscardJob extends FledgeError {
  constructor(why = 'perform threw DiscardJob', options: { readonly cause?: unknown } = {}) {
    super('FLEDGE_JOB_DISCARDED', why, options);
  }
}

/**
 * Throw it from `perform` if another attempt cannot help. The job goes to the dead set at once.
 * @example throw new KillJob('the card was reported stolen', { cause: error });
 */
export class KillJob extends FledgeError {
  constructor(why = 'perform threw KillJob', options: { readonly cause?: unknown } = {}) {
    super('FLEDGE_JOB_KILLED', why, options);
  }
}

/**
 * Throw it from `perform` if the job is too early. It runs again after `delay`, and no attempt is spent. A job may be snoozed
 * any number of times.
 * @example throw new SnoozeJob('5m', 'the export is not ready');
 */
export class SnoozeJob extends FledgeError {
  /** In milliseconds. */
  readonly delay: number;

  /**
   * @param delay milliseconds, or a duration such as `'90s'` or `'5m'`. At most a year
   * @throws FledgeError `FLEDGE_OPTION_INVALID`
   */
  constructor(delay: Duration, why = 'perform threw SnoozeJob') {
    super('FLEDGE_JOB_SNOOZED', why);
    this.delay = toMillisecondsWithin(snoozes, delay, 'the delay of SnoozeJob');
  }
}
