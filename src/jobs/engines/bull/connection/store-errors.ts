import { asError, FledgeError, type FledgeErrorCode } from '../../../values/errors.js';
import { redactionOfSecrets } from '../../../values/redaction/redact-secrets.js';
import type { Redaction } from '../../../values/redaction/redaction.js';
import { describeAddress, secretsOf, type RedisAddress } from './redis-url.js';

export interface StoreTrouble {
  readonly code: FledgeErrorCode;
  /** Continues "The store …:". */
  readonly why: string;
  /** What to do; whole sentences, without the last full stop. */
  readonly fix: string;
}

/** What Redis and the network say, first match wins. */
const troubles: readonly (readonly [RegExp, StoreTrouble])[] = [
  [
    /^OOM |maxmemory/,
    {
      code: 'FLEDGE_STORE_FULL',
      why: 'its memory is full and, as it should, it refuses writes instead of evicting jobs',
      fix: 'Give it more memory (maxmemory, a larger node), or look for a queue without a worker',
    },
  ],
  [
    /^(READONLY|UNBLOCKED)/,
    {
      code: 'FLEDGE_STORE_READONLY',
      why: 'it is a replica, as after a failover',
      fix: 'Fledge reconnects by itself; if it lasts, point JOBS_URL to the primary endpoint',
    },
  ],
  [
    /^MISCONF/,
    {
      code: 'FLEDGE_STORE_SNAPSHOT',
      why: 'it cannot save its snapshot and therefore refuses writes',
      fix: 'Check its disk: is it full, is "dir" writable, is "dbfilename" a plain file name?',
    },
  ],
  [
    /^LOADING|^MASTERDOWN/,
    {
      code: 'FLEDGE_STORE_LOADING',
      why: 'it is still loading its data',
      fix: 'It will answer when that is done; try again in a moment',
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
      fix: 'Allow it, on keys that begin with the prefix, all commands but @admin and @dangerous, and then info, client|setname and client|list',
    },
  ],
  [
    /timed out|socket timeout/i,
    {
      code: 'FLEDGE_STORE_TIMEOUT',
      why: 'it did not answer in time: frozen, overloaded or behind a slow network',
      fix: 'Is it frozen, swapping, busy with a slow command or a long script? `fledge doctor` measures it. Fledge goes on when it answers',
    },
  ],
  [
    /ENOTFOUND|EAI_AGAIN/,
    {
      code: 'FLEDGE_STORE_HOST_UNKNOWN',
      why: 'its host name cannot be resolved',
      fix: 'Check the host in JOBS_URL; in containers, that both are in the same network. Fledge tries again by itself',
    },
  ],
  [
    /self.signed|certificate|\bSSL\b|\bTLS\b|ERR_TLS|ERR_SSL|EPROTO|unable to (get|verify)/i,
    {
      code: 'FLEDGE_STORE_TLS',
      why: 'the encrypted connection cannot be made',
      fix: 'Does the server speak TLS on this port (rediss:// if it does, redis:// if not), is its certificate for this host, and is its authority known (NODE_EXTRA_CA_CERTS)?',
    },
  ],
  [
    /^Connection is closed|ECONN|EHOST|ENET|EPIPE|ETIMEDOUT|max retries|writeable/i,
    {
      code: 'FLEDGE_STORE_UNREACHABLE',
      why: 'there is no connection to it',
      fix: 'Is it running, and are the host, port and scheme (rediss:// for TLS) of JOBS_URL right? Fledge reconnects by itself',
    },
  ],
];

const unknown: StoreTrouble = {
  code: 'FLEDGE_STORE_FAILED',
  why: 'it answered with an error that Fledge does not know',
  fix: 'Its own words follow',
};

/** What is wrong by the engine's own words, which a bare error may not have any more. */
const causes = new WeakMap<Error, StoreTrouble>();

export function troubleOf(error: Error): StoreTrouble {
  return causes.get(error) ?? matching(error);
}

function matching(error: Error): StoreTrouble {
  const text = wordsOf(error);
  return troubles.find(([pattern]) => pattern.test(error.message) || pattern.test(text))?.[1] ?? unknown;
}

/** What the engine threw, in its own words: an error's code and its message. */
function wordsOf(error: NodeJS.ErrnoException): string {
  return `${error.code ?? ''} ${error.message}`.trim();
}

/** An add whose answer was late or lost. */
const mayBeThere = 'The job may be enqueued anyway, under the id of error.jobId.';

/**
 * Makes errors that may be shown of what one store's engine throws. Every error of an engine goes through this before it
 * reaches a caller, an event or a log: a server may answer with what was said to it, passwords included.
 */
export class StoreErrors {
  /** For people and logs. */
  readonly store: string;
  private readonly redaction: Redaction;

  constructor(address: RedisAddress) {
    this.store = describeAddress(address);
    this.redaction = redactionOfSecrets(secretsOf(address), ['', 'default', address.username ?? '']);
  }

  /** Any text, without the secrets of this store. */
  withoutSecrets(text: string): string {
    return this.redaction.text(text);
  }

  /**
   * What an engine's error says, without secrets, and without what it carries: ioredis attaches the command with all its
   * arguments, and so passwords and payloads, which a logger that prints causes would print.
   */
  bare(thrown: unknown): Error {
    const error: NodeJS.ErrnoException = asError(thrown);
    // An earlier call has made it.
    if (causes.has(error)) return error;
    const { name, message, stack, code } = error;
    const said = this.withoutSecrets(withoutArguments(message));
    const bare: NodeJS.ErrnoException = new Error(said);
    bare.name = name;
    if (stack !== undefined) bare.stack = this.withoutSecrets(stack.split(message).join(said));
    if (typeof code === 'string') bare.code = code;
    causes.set(bare, matching(error));
    return bare;
  }

  /** What is wrong with the store and its fix, without the store's name. */
  trouble(thrown: unknown): FledgeError {
    if (thrown instanceof FledgeError) return thrown;
    const cause = this.bare(thrown);
    const { code, why, fix } = troubleOf(cause);
    return new FledgeError(code, `${why}. ${fix}. (${wordsOf(cause)})`, { cause });
  }

  /**
   * Puts what the engine threw into a coded error that says which store, why, and what to do.
   * @param failed what the store did, or did not do: "did not take the job"
   */
  failure(thrown: unknown, failed: string, jobId?: string): FledgeError {
    if (thrown instanceof FledgeError) return thrown;
    const cause = this.bare(thrown);
    const { code, why, fix } = troubleOf(cause);
    const perhaps = jobId !== undefined && code === 'FLEDGE_STORE_TIMEOUT' ? ` ${mayBeThere}` : '';
    const message = `The store (${this.store}) ${failed}: ${why}.${perhaps} ${fix}. (${wordsOf(cause)})`;
    return new FledgeError(code, message, { cause, ...(jobId === undefined ? {} : { jobId }) });
  }
}

/**
 * A server that does not know a command quotes it with its arguments. Those of AUTH and HELLO are the user and the password,
 * of which it shows a beginning if they are long, so that no argument is passed on.
 */
function withoutArguments(message: string): string {
  const known = /unknown command\W{0,3}[\w|]{0,40}['"`]?/i.exec(message);
  if (!known) return message;
  const end = known.index + known[0].length;
  return end === message.length ? message : `${message.slice(0, end)} …`;
}
