import type { FledgeErrorCode } from '../values/errors.js';

/** `unknown`: it could not be looked at, most often because the store's user may not. Counts as no fault. */
export type CheckStatus = 'ok' | 'warning' | 'error' | 'unknown';

/** One thing that `fledge doctor` looked at. */
export interface Check {
  /** What was looked at: `eviction policy`, `queue mailers`. */
  readonly name: string;
  readonly status: CheckStatus;
  /** What was seen, with figures. Holds no secrets. */
  readonly found: string;
  /** Every warning and every error has one; docs/errors.md explains it. */
  readonly code?: FledgeErrorCode;
  /** What to do, in whole sentences. Every warning and every error has one. */
  readonly fix?: string;
}

/** What `examineStore` found out about a store. */
export interface Diagnosis {
  /** The store's address, without secrets. */
  readonly store: string;
  /** True when no check is an error; there may be warnings. */
  readonly ok: boolean;
  /** How many checks are errors. */
  readonly errors: number;
  /** How many checks are warnings. */
  readonly warnings: number;
  readonly checks: readonly Check[];
}
