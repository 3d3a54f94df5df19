import { inspect } from 'node:util';
import { storeCodes, type errorCodes } from './errors/codes.js';

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
