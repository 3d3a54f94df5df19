import type { FledgeErrorCode } from './errors.js';

/** A problem of the store or of the configuration that has not failed a job yet. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly code: FledgeErrorCode;
  readonly message: string;
}
