import { FledgeError, type FledgeErrorCode } from '../values/errors.js';

/** The exit codes of a worker process. */
export const exitCodes = {
  clean: 0,
  /** It could not start, or an exception was not caught. */
  failed: 1,
  wrongSettings: 2,
  /** Unfinished jobs could not be handed back. They run elsewhere once their locks have expired. */
  jobsLeft: 3,
  /** A second SIGINT. Unfinished jobs were handed back. */
  leftAtOnce: 130,
} as const;

/** Errors that the operator fixes by changing a setting: a flag, a variable, the file, or an option in the code. */
const settingCodes: ReadonlySet<FledgeErrorCode> = new Set([
  'FLEDGE_CONFIG_FILE',
  'FLEDGE_MEMORY_IN_PRODUCTION',
  'FLEDGE_OPTION_INVALID',
  'FLEDGE_QUEUE_UNDECLARED',
  'FLEDGE_SETTING_INVALID',
  'FLEDGE_SETTING_UNKNOWN',
  'FLEDGE_SMTP_URL_INVALID',
  'FLEDGE_SMTP_URL_MISSING',
  'FLEDGE_STORE_UNSUPPORTED',
  'FLEDGE_STORE_URL_INVALID',
  'FLEDGE_WORKER_NEEDS_REDIS',
] as const);

export function exitCodeOf(error: unknown): number {
  return error instanceof FledgeError && settingCodes.has(error.code)
    ? exitCodes.wrongSettings
    : exitCodes.failed;
}
