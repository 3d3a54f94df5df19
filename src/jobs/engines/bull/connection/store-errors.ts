import type { StoreOrigin } from '../../../config/resolved-options.js';
import { asError, FledgeError, readProperty } from '../../../values/errors.js';
import { redactionOfSecrets } from '../../../values/redaction/redact-secrets.js';
import type { Redaction } from '../../../values/redaction/redaction.js';
import { describeAddress, secretsOf, type RedisAddress } from './redis-url.js';
import { findProblem, type StoreProblem } from './store-problems.js';

/** The problem of each bare error, found in the engine's original message. The bare error's message may lack parts of it. */
const causes = new WeakMap<Error, StoreProblem>();

export function problemOf(error: Error): StoreProblem {
  return causes.get(error) ?? matching(error);
}

function matching(error: Error): StoreProblem {
  return findProblem(error.message, detailsOf(error), nodeMessage(error));
}

/** Returns what one node answered, if no node of a cluster could be used. */
function nodeMessage(error: Error): string {
  const ofNode = readProperty(error, 'lastNodeError');
  return ofNode instanceof Error ? ofNode.message : '';
}

/** Returns the code and message of an engine's error. */
function detailsOf(error: NodeJS.ErrnoException): string {
  return `${error.code ?? ''} ${error.message}`.trim();
}

/** For an add whose answer was late or lost. */
const mayBeThere = 'The job may be enqueued anyway, with the id in error.jobId.';

/**
 * Converts the errors of one store's engine into errors that may be shown. Every error of an engine passes through it before
 * it reaches a caller, an event or a log, because a server may repeat what it was sent, including passwords.
 */
export class StoreErrors {
  /** The store's description for people and logs. */
  readonly store: string;
  private readonly origin: StoreOrigin;
  private readonly redaction: Redaction;

  constructor(address: RedisAddress) {
    this.store = describeAddress(address);
    this.origin = address.origin;
    this.redaction = redactionOfSecrets(secretsOf(address), ['', 'default', address.username ?? '']);
  }

  /** Returns a text without the secrets of this store. */
  withoutSecrets(text: string): string {
    return this.redaction.text(text);
  }

  /**
   * Returns an error with the engine's message but without secrets. ioredis attaches the command with all its arguments to
   * its errors, and so passwords and payloads. A logger that prints causes would print them, so they are not copied.
   */
  bare(thrown: unknown): Error {
    const error: NodeJS.ErrnoException = asError(thrown);
    // An earlier call has made this error.
    if (causes.has(error)) return error;
    const { name, message, stack, code } = error;
    const ofNode = nodeMessage(error);
    const whole = ofNode === '' ? message : `${message} ${ofNode}`;
    const safe = this.withoutSecrets(withoutArguments(whole));
    const bare: NodeJS.ErrnoException = new Error(safe);
    bare.name = name;
    if (stack !== undefined) bare.stack = this.withoutSecrets(stack.split(message).join(safe));
    if (typeof code === 'string') bare.code = code;
    causes.set(bare, matching(error));
    return bare;
  }

  /** Returns a coded error with the problem and its fix, without the store's name. */
  explain(thrown: unknown): FledgeError {
    if (thrown instanceof FledgeError) return thrown;
    const cause = this.bare(thrown);
    const { code, why, fix } = problemOf(cause);
    return new FledgeError(code, `${why}. ${fix(this.origin)}. (${detailsOf(cause)})`, { cause });
  }

  /**
   * Returns a coded error with the store, the problem and its fix.
   * @param failed what the store did not do, such as "did not take the job"
   */
  failure(thrown: unknown, failed: string, jobId?: string): FledgeError {
    if (thrown instanceof FledgeError) return thrown;
    const cause = this.bare(thrown);
    const { code, why, fix } = problemOf(cause);
    const maybe = jobId !== undefined && code === 'FLEDGE_STORE_TIMEOUT' ? ` ${mayBeThere}` : '';
    const message = `The store (${this.store}) ${failed}: ${why}.${maybe} ${fix(this.origin)}. (${detailsOf(cause)})`;
    return new FledgeError(code, message, { cause, ...(jobId === undefined ? {} : { jobId }) });
  }
}

/**
 * Removes the arguments of a command from a message. A server that does not know a command quotes it with its arguments. The
 * arguments of AUTH and HELLO are the user and the password.
 */
function withoutArguments(message: string): string {
  const known = /unknown command\W{0,3}[\w|]{0,40}['"`]?/i.exec(message);
  if (!known) return message;
  const end = known.index + known[0].length;
  return end === message.length ? message : `${message.slice(0, end)} …`;
}
