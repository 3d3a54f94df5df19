import type { FledgeErrorCode } from '../values/errors.js';

/** `unknown` means that the check was not possible, most often because the store's user lacks a permission. It is not an error. */
export type CheckStatus = 'ok' | 'warning' | 'error' | 'unknown';

/** One check of `fledge doctor`. */
export interface Check {
  /** The subject of the check, such as `eviction policy` or `queue mailers`. */
  readonly name: string;
  readonly status: CheckStatus;
  /** The result of the check, with figures. Contains no secrets. */
  readonly found: string;
  /** The code, for warnings and errors. docs/errors.md explains it. */
  readonly code?: FledgeErrorCode;
  /** What to do, in whole sentences, for warnings and errors. */
  readonly fix?: string;
}

/** The result of `examineStore`. */
export interface Diagnosis {
  /** The store's address, without secrets. */
  readonly store: string;
  /** True if no check is an error. There may be warnings. */
  readonly ok: boolean;
  /** How many checks are errors. */
  readonly errors: number;
  /** How many checks are warnings. */
  readonly warnings: number;
  readonly checks: readonly Check[];
}
