import type { StoreSample } from '../../../jobs/internals.js';

/** Why the last sample could not be taken. */
export interface Outage {
  readonly message: string;
  /** In milliseconds since 1970, by this machine's clock. */
  readonly since: number;
}

/** What `fledge watch` shows. */
export interface View {
  /** The last sample that could be taken. */
  readonly sample: StoreSample;
  /** When it was taken, in milliseconds since 1970, by this machine's clock. */
  readonly takenAt: number;
  /** Undefined while the store answers. */
  readonly outage?: Outage | undefined;
}

/** How the view is written. */
export interface ViewStyle {
  /** The time between two samples, in milliseconds. */
  readonly every: number;
  readonly utc: boolean | undefined;
  /** True if keys end the command. */
  readonly hasKeys: boolean;
}
