import { asError, FledgeError, type FledgeErrorCode } from '../errors.js';

export interface StoreTrouble {
  readonly code: FledgeErrorCode;
  /** Continues "The store …:". */
  readonly why: string;
  /** What to do; whole sentences, without the last full stop. */
  readonly cure: string;
}

/** What Redis and the network say, first match wins. */
const troubles: readonly (readonly [RegExp, StoreTrouble])[] = [
  [
    /^OOM |maxmemory/,
    {
      code: 'FLEDGE_STORE_FULL',
      why: 'its memory is full and, as it should, it refuses writes instead of evicting jobs',
      cure: 'Give it more memory (maxmemory, a larger node), or look for a queue that nobody works',
    },
  ],
  [
    /^(READONLY|UNBLOCKED)/,
    {
      code: 'FLEDGE_STORE_READONLY',
      why: 'it is a replica, as after a failover',
      cure: 'Fledge reconnects by itself; if it lasts, point JOBS_URL to the primary endpoint',
    },
  ],
  [
    /^MISCONF/,
    {
      code: 'FLEDGE_STORE_SNAPSHOT',
      why: 'it cannot save its snapshot and therefore refuses writes',
      cure: 'Look at its disk: is it full, is "dir" writable, is "dbfilename" a plain file name?',
    },
  ],
  [
    /^LOADING|^MASTERDOWN/,
    {
      code: 'FLEDGE_STORE_LOADING',
      why: 'it is still loading its data',
      cure: 'It will answer when that is done; try again in a moment',
    },
  ],
  [
    /WRONGPASS|NOAUTH|invalid password|AUTH failed|without any password configured/,
    {
      code: 'FLEDGE_STORE_AUTH',
      why: 'it does not accept the user or password',
      cure: 'Check JOBS_PASSWORD, or user:password@ in JOBS_URL (with %-escapes for special characters)',
    },
  ],
  [
    /^NOPERM/,
    {
      code: 'FLEDGE_STORE_PERMISSION',
      why: 'the user may not run a command that Fledge needs',
      cure: 'Allow it, on keys that begin with the prefix, all commands but @admin and @dangerous, and then info, client|setname and client|list',
    },
  ],
  [
    /timed out|socket timeout/i,
    {
      code: 'FLEDGE_STORE_TIMEOUT',
      why: 'it did not answer in time: frozen, overloaded or behind a slow network',
      cure: 'Is it frozen, swapping, busy with a slow command or a long script? `fledge doctor` measures it. Fledge goes on when it answers',
    },
  ],
  [
    /ENOTFOUND|EAI_AGAIN/,
    {
      code: 'FLEDGE_STORE_HOST_UNKNOWN',
      why: 'its host name cannot be resolved',
      cure: 'Check the host in JOBS_URL; in containers, that both are in the same network. Fledge tries again by itself',
    },
  ],
  [
    /self.signed|certificate|\bSSL\b|\bTLS\b|ERR_TLS|ERR_SSL|EPROTO|unable to (get|verify)/i,
    {
      code: 'FLEDGE_STORE_TLS',
      why: 'the encrypted connection cannot be made',
      cure: 'Does the server speak TLS on this port (rediss:// if it does, redis:// if not), is its certificate for this host, and is its authority known (NODE_EXTRA_CA_CERTS)?',
    },
  ],
  [
    /^Connection is closed|ECONN|EHOST|ENET|EPIPE|ETIMEDOUT|max retries|writeable/i,
    {
      code: 'FLEDGE_STORE_UNREACHABLE',
      why: 'there is no connection to it',
      cure: 'Is it running, and are the host, port and scheme (rediss:// for TLS) of JOBS_URL right? Fledge reconnects by itself',
    },
  ],
];

const unknown: StoreTrouble = {
  code: 'FLEDGE_STORE_FAILED',
  why: 'it answered with an error that Fledge does not know',
  cure: 'Its own words follow',
};

/**
 * What an engine's error says, without what it carries: ioredis attaches the command with all its arguments, and so
 * passwords and payloads, which a logger that prints causes would print.
 */
export function bareError(thrown: unknown): Error {
  const { name, message, stack, ...rest } = asError(thrown) as NodeJS.ErrnoException;
  const bare: NodeJS.ErrnoException = new Error(message);
  bare.name = name;
  if (stack !== undefined) bare.stack = stack;
  if (typeof rest.code === 'string') bare.code = rest.code;
  return bare;
}

export function troubleOf(error: Error): StoreTrouble {
  const text = wordsOf(error);
  return troubles.find(([pattern]) => pattern.test(error.message) || pattern.test(text))?.[1] ?? unknown;
}

/** What the engine threw, in its own words: an error's code and its message. */
function wordsOf(error: NodeJS.ErrnoException): string {
  return `${error.code ?? ''} ${error.message}`.trim();
}

/** What is wrong with the store and its cure, without the store's name. */
export function storeTrouble(thrown: unknown): FledgeError {
  if (thrown instanceof FledgeError) return thrown;
  const cause = bareError(thrown);
  const { code, why, cure } = troubleOf(cause);
  return new FledgeError(code, `${why}. ${cure}. (${wordsOf(cause)})`, { cause });
}

/** An add whose answer was late or lost. */
const mayBeThere = 'The job may be enqueued all the same, under the id of error.jobId.';

/**
 * Puts what the engine threw into a coded error that says which store, why, and what to do.
 * @param failed what the store did, or did not do: "did not take the job"
 */
export function storeError(thrown: unknown, store: string, failed: string, jobId?: string): FledgeError {
  if (thrown instanceof FledgeError) return thrown;
  const cause = bareError(thrown);
  const { code, why, cure } = troubleOf(cause);
  const perhaps = jobId !== undefined && code === 'FLEDGE_STORE_TIMEOUT' ? ` ${mayBeThere}` : '';
  const message = `The store (${store}) ${failed}: ${why}.${perhaps} ${cure}. (${wordsOf(cause)})`;
  return new FledgeError(code, message, { cause, ...(jobId === undefined ? {} : { jobId }) });
}
