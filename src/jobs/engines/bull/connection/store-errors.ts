import { asError, FledgeError, type FledgeErrorCode } from '../../../values/errors.js';
import { redactionOfSecrets } from '../../../values/redaction/redact-secrets.js';
import type { Redaction } from '../../../values/redaction/redaction.js';
import { describeAddress, secretsOf, type RedisAddress } from './redis-url.js';

export interface StoreProblem {
  readonly code: FledgeErrorCode;
  /** Continues "The store …:". */
  readonly why: string;
  /** What to do, in whole sentences without the last full stop. */
  readonly fix: string;
}

/** The errors of Redis and of the network. The first match wins. */
const problems: readonly (readonly [RegExp, StoreProblem])[] = [
  [
    /^OOM |maxmemory/,
    {
      code: 'FLEDGE_STORE_FULL',
      why: 'its memory is full, and it refuses writes so that no job is evicted',
      fix: 'Increase its memory (maxmemory, or a larger node), or look for a queue without a worker',
    },
  ],
  [
    /^(READONLY|UNBLOCKED)/,
    {
      code: 'FLEDGE_STORE_READONLY',
      why: 'it is a replica, as after a failover',
      fix: 'Fledge reconnects by itself. If the error continues, point JOBS_URL to the primary endpoint',
    },
  ],
  [
    /^MISCONF/,
    {
      code: 'FLEDGE_STORE_SNAPSHOT',
      why: 'it cannot save its snapshot and therefore refuses writes',
      fix: 'Check that its disk is not full, that "dir" is writable, and that "dbfilename" is a plain file name',
    },
  ],
  [
    /^LOADING|^MASTERDOWN/,
    {
      code: 'FLEDGE_STORE_LOADING',
      why: 'it is still loading its data',
      fix: 'It answers when that is done. Try again in a moment',
    },
  ],
  [
    /WRONGPASS|NOAUTH|invalid password|AUTH failed|without any password configured/,
    {
      code: 'FLEDGE_STORE_AUTH',
      why: 'it does not accept the user or password',
      fix: 'Check JOBS_PASSWORD, or user:password@ in JOBS_URL (with %-escapes for special characters)',
    },
  ],
  [
    /^NOPERM/,
    {
      code: 'FLEDGE_STORE_PERMISSION',
      why: 'the user may not run a command that Fledge needs',
      fix: 'On keys that begin with the prefix, allow all commands except @admin and @dangerous. Also allow info, client|setname and client|list',
    },
  ],
  [
    /timed out|socket timeout/i,
    {
      code: 'FLEDGE_STORE_TIMEOUT',
      why: 'it did not answer in time, because it is frozen, overloaded or behind a slow network',
      fix: 'Check whether it is frozen, swapping, or busy with a slow command or a long script. `fledge doctor` measures it. Fledge continues when it answers',
    },
  ],
  [
    /ENOTFOUND|EAI_AGAIN/,
    {
      code: 'FLEDGE_STORE_HOST_UNKNOWN',
      why: 'its host name cannot be resolved',
      fix: 'Check the host in JOBS_URL. In containers, check that both are in the same network. Fledge tries again by itself',
    },
  ],
  [
    /self.signed|certificate|\bSSL\b|\bTLS\b|ERR_TLS|ERR_SSL|EPROTO|unable to (get|verify)/i,
    {
      code: 'FLEDGE_STORE_TLS',
      why: 'the encrypted connection cannot be made',
      fix: 'Use rediss:// only for a port that speaks TLS. If the certificate is self-signed or from a private authority, pass the authority as redis: { tls: { ca } } or ?ca=/path/ca.pem. If it is for another host name, pass that as servername',
    },
  ],
  [
    /^Connection is closed|ECONN|ENOENT|EACCES|EHOST|ENET|EPIPE|ETIMEDOUT|max retries|writeable/i,
    {
      code: 'FLEDGE_STORE_UNREACHABLE',
      why: 'there is no connection to it',
      fix: 'Check that it is running, and that the host, port and scheme (rediss:// for TLS) of JOBS_URL are right. Fledge reconnects by itself',
    },
  ],
];

const unknown: StoreProblem = {
  code: 'FLEDGE_STORE_FAILED',
  why: 'it answered with an error that Fledge does not know',
  fix: 'The server’s own message follows',
};

/** The problem of each bare error, found in the engine's original message. The bare error's message may lack parts of it. */
const causes = new WeakMap<Error, StoreProblem>();

export function problemOf(error: Error): StoreProblem {
  return causes.get(error) ?? matching(error);
}

function matching(error: Error): StoreProblem {
  const text = detailsOf(error);
  return problems.find(([pattern]) => pattern.test(error.message) || pattern.test(text))?.[1] ?? unknown;
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
  private readonly redaction: Redaction;

  constructor(address: RedisAddress) {
    this.store = describeAddress(address);
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
    const safe = this.withoutSecrets(withoutArguments(message));
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
    return new FledgeError(code, `${why}. ${fix}. (${detailsOf(cause)})`, { cause });
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
    const message = `The store (${this.store}) ${failed}: ${why}.${maybe} ${fix}. (${detailsOf(cause)})`;
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
