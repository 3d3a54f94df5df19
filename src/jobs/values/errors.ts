import { inspect } from 'node:util';

/** The codes for a job that the store did not accept. `FledgeError.unavailable` is true for them. */
const storeCodes = [
  'FLEDGE_STORE_AUTH',
  'FLEDGE_STORE_CLOSED',
  'FLEDGE_STORE_FAILED',
  'FLEDGE_STORE_FULL',
  'FLEDGE_STORE_HOST_UNKNOWN',
  'FLEDGE_STORE_LOADING',
  'FLEDGE_STORE_PERMISSION',
  'FLEDGE_STORE_READONLY',
  'FLEDGE_STORE_SNAPSHOT',
  'FLEDGE_STORE_TIMEOUT',
  'FLEDGE_STORE_TLS',
  'FLEDGE_STORE_UNREACHABLE',
] as const;

/**
 * All codes of errors and warnings. Codes are part of the public API. A code is never reused for something else.
 * `docs/errors.md` explains each code, and a test keeps the two lists equal.
 */
export const errorCodes = [
  // Mistakes in the application's code or settings. Most are found at boot.
  'FLEDGE_CIRCULAR_IMPORT',
  'FLEDGE_CLIENT_URL_MISSING',
  'FLEDGE_CONFIG_FILE',
  'FLEDGE_CONSUMER_IN_EVERY_PROCESS',
  'FLEDGE_CONTEXT_STRATEGY',
  'FLEDGE_CRON_IN_EVERY_PROCESS',
  'FLEDGE_CRON_NOT_ADOPTED',
  'FLEDGE_CRON_NOT_TAKEN_OVER',
  'FLEDGE_GATEWAY_WITHOUT_SERVER',
  'FLEDGE_HANDLER_UNAVAILABLE',
  'FLEDGE_HEALTH_PORT',
  'FLEDGE_JOB_DUPLICATE_NAME',
  'FLEDGE_JOB_NAME_INVALID',
  'FLEDGE_JOB_NAME_MINIFIED',
  'FLEDGE_JOB_NAME_MOVED',
  'FLEDGE_JOB_NOT_REGISTERED',
  'FLEDGE_JOB_PROVIDED_TWICE',
  'FLEDGE_JOB_WITHOUT_PERFORM',
  'FLEDGE_LISTENER_IN_EVERY_PROCESS',
  'FLEDGE_MEMORY_IN_PRODUCTION',
  'FLEDGE_MIDDLEWARE_UNAVAILABLE',
  'FLEDGE_MODULE_MISSING',
  'FLEDGE_MODULE_TWICE',
  'FLEDGE_MODULE_WITHOUT_FORROOT',
  'FLEDGE_OPTION_INVALID',
  'FLEDGE_PEER_MISSING',
  'FLEDGE_QUEUE_CONFLICT',
  'FLEDGE_QUEUE_IN_MEMORY',
  'FLEDGE_QUEUE_UNDECLARED',
  'FLEDGE_QUEUE_UNUSED',
  'FLEDGE_SCHEDULE_DUPLICATE_NAME',
  'FLEDGE_SETTING_INVALID',
  'FLEDGE_SETTING_UNKNOWN',
  'FLEDGE_STOP_TIMEOUT',
  'FLEDGE_WORKER_NEEDS_REDIS',
  'FLEDGE_WORKER_ROLE_EARLY',
  'FLEDGE_WORKER_WITHOUT_HTTP',
  // The store's server.
  'FLEDGE_CLOCK_SKEW',
  'FLEDGE_ELASTICACHE_SERVERLESS',
  'FLEDGE_EVICTION_POLICY',
  'FLEDGE_EVICTION_UNKNOWN',
  'FLEDGE_KEYS_EVICTED',
  'FLEDGE_REDIS_VERSION',
  'FLEDGE_STORE_BACKLOG',
  'FLEDGE_STORE_CERTIFICATE',
  'FLEDGE_STORE_CLUSTER',
  'FLEDGE_STORE_CONNECTIONS',
  'FLEDGE_STORE_MEMORY',
  'FLEDGE_STORE_PERSISTENCE',
  'FLEDGE_STORE_PLAINTEXT',
  'FLEDGE_STORE_SLOW',
  'FLEDGE_STORE_UNSUPPORTED',
  'FLEDGE_STORE_URL_INVALID',
  // Queues, schedules and workers.
  'FLEDGE_FLEET_MIXED',
  'FLEDGE_JOB_UNSERVED',
  'FLEDGE_PREFIX_SHARED',
  'FLEDGE_QUEUE_PAUSED',
  'FLEDGE_QUEUE_UNSERVED',
  'FLEDGE_QUEUE_WATCH_BLIND',
  'FLEDGE_RETENTION',
  'FLEDGE_SCHEDULER_OLD',
  'FLEDGE_SCHEDULER_OVERDUE',
  'FLEDGE_SCHEDULES_DISPUTED',
  // Commands of operators that find no job, process or schedule, or find a job in another state.
  'FLEDGE_JOB_GONE',
  'FLEDGE_JOB_STATE',
  'FLEDGE_PROCESS_UNKNOWN',
  'FLEDGE_SCHEDULE_UNKNOWN',
  // Enqueueing.
  'FLEDGE_BULK_INCOMPLETE',
  'FLEDGE_PAYLOAD_INVALID',
  'FLEDGE_PAYLOAD_LARGE',
  'FLEDGE_PAYLOAD_TOO_LARGE',
  ...storeCodes,
  // Running a job.
  'FLEDGE_BACKOFF_FAILED',
  'FLEDGE_ENVELOPE_DAMAGED',
  'FLEDGE_HANDLER_FAILED',
  'FLEDGE_JOB_ABORTED',
  'FLEDGE_JOB_CANCELLED',
  'FLEDGE_JOB_DISCARDED',
  'FLEDGE_JOB_EXPIRED',
  'FLEDGE_JOB_FOREIGN',
  'FLEDGE_JOB_KILLED',
  'FLEDGE_JOB_POISON',
  'FLEDGE_JOB_SNOOZED',
  'FLEDGE_JOB_TIMEOUT',
  'FLEDGE_JOB_UNKNOWN',
  'FLEDGE_LOOP_BLOCKED',
  'FLEDGE_NOTE_INVALID',
  'FLEDGE_RESULT_LARGE',
  'FLEDGE_RESULT_TOO_LARGE',
  'FLEDGE_SIGNAL_IGNORED',
  'FLEDGE_TICK_MISSED',
  'FLEDGE_TICK_OVERLAP',
  // Mail.
  'FLEDGE_JOBS_MODULE_MISSING',
  'FLEDGE_MAILERS_MODULE_TWICE',
  'FLEDGE_MAILER_ACTION_UNKNOWN',
  'FLEDGE_MAILER_DUPLICATE_NAME',
  'FLEDGE_MAILER_NOT_REGISTERED',
  'FLEDGE_MAILER_REGISTERED_TWICE',
  'FLEDGE_MAIL_ATTACHMENT_FAILED',
  'FLEDGE_MAIL_ATTACHMENT_REFUSED',
  'FLEDGE_MAIL_CONFIGURATION',
  'FLEDGE_MAIL_DEFERRED',
  'FLEDGE_MAIL_FROM_MISSING',
  'FLEDGE_MAIL_INVALID',
  'FLEDGE_MAIL_PREVIEW_UNGUARDED',
  'FLEDGE_MAIL_TEMPLATE_INVALID',
  'FLEDGE_MAIL_TEMPLATE_MISSING',
  'FLEDGE_MAIL_TOO_LARGE',
  'FLEDGE_MAIL_TRANSPORT_UNKNOWN',
  'FLEDGE_SMTP_URL_INVALID',
  'FLEDGE_SMTP_URL_MISSING',
  // The testing kit.
  'FLEDGE_DRAIN_ENDLESS',
  'FLEDGE_EXPECT_MISSING',
  'FLEDGE_TEST_NOT_IDLE',
  'FLEDGE_TEST_NO_MAIL',
  'FLEDGE_TEST_REDIS_MISSING',
  'FLEDGE_TEST_WORKER',
] as const;

export type FledgeErrorCode = (typeof errorCodes)[number];

const unavailableCodes: ReadonlySet<string> = new Set(storeCodes);

export interface FledgeErrorDetails {
  /** The error that caused this one. */
  readonly cause?: unknown;
  /** The id of the job that the error is about. After `FLEDGE_STORE_TIMEOUT` a job with this id may be enqueued. */
  readonly jobId?: string;
}

/** The class of every error that Fledge throws. `code` is stable. The message states what happened, why, and what to do. */
export class FledgeError extends Error {
  override readonly name = 'FledgeError';
  readonly jobId?: string;

  constructor(
    readonly code: FledgeErrorCode,
    message: string,
    { cause, jobId }: FledgeErrorDetails = {},
  ) {
    super(`${message} [${code}]`, cause === undefined ? undefined : { cause });
    if (jobId !== undefined) this.jobId = jobId;
  }

  /** True if the store could not be reached or refused to write. An HTTP application should answer with 503. */
  get unavailable(): boolean {
    return unavailableCodes.has(this.code);
  }
}

/** Returns the error for an invalid option or argument. The message names it and states what to pass. */
export function invalidOption(message: string, details?: FledgeErrorDetails): FledgeError {
  return new FledgeError('FLEDGE_OPTION_INVALID', message, details);
}

/** Turns anything that was thrown into an Error that can be read. User code may throw values that `String` cannot convert. */
export function asError(thrown: unknown): Error {
  if (isReadable(thrown)) return thrown;
  return new Error(typeof thrown === 'string' ? thrown : show(thrown));
}

/** The properties of an error may have been overwritten, or may be getters that throw. The value may also be a proxy that throws. */
function isReadable(thrown: unknown): thrown is Error {
  try {
    if (!(thrown instanceof Error)) return false;
    const { name, message, stack } = thrown;
    return [name, message, stack ?? ''].every((text) => typeof text === 'string');
  } catch {
    return false;
  }
}

function show(thrown: unknown): string {
  try {
    return inspect(thrown, { customInspect: false });
  } catch {
    return 'a value was thrown that cannot be shown';
  }
}

/** Reads a property of a foreign error. Returns undefined if a getter throws. */
export function readProperty(holder: object, key: string): unknown {
  try {
    return Reflect.get(holder, key);
  } catch {
    return undefined;
  }
}
