import type { FledgeErrorCode } from './errors.js';

/** Something about the store or the set-up that people should know before it hurts. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly code: FledgeErrorCode;
  readonly message: string;
}
