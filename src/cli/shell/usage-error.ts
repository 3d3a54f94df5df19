import type { FledgeErrorCode } from '../../jobs/values/errors.js';

/** The command line is wrong, which ends with exit code 2. The message never quotes an argument that may hold a password. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code: FledgeErrorCode = 'FLEDGE_COMMAND_INVALID';
}
