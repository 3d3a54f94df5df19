import { asError, FledgeError, type FledgeErrorCode } from '../errors.js';

interface Diagnosis {
  readonly code: FledgeErrorCode;
  /** What happened and why, then what to do. */
  readonly explanation: string;
}

/** What Redis and the network say, first match wins. */
const diagnoses: readonly (readonly [RegExp, Diagnosis])[] = [
  [
    /^OOM |maxmemory/,
    {
      code: 'FLEDGE_STORE_FULL',
      explanation:
        'its memory is full and, as it should, it refuses writes instead of evicting jobs. Give it more memory (maxmemory, a larger node), or look for a queue that nobody works',
    },
  ],
  [
    /^READONLY/,
    {
      code: 'FLEDGE_STORE_READONLY',
      explanation:
        'it is a replica, as after a failover. Fledge reconnects by itself; if it lasts, point JOBS_URL to the primary endpoint',
    },
  ],
  [
    /^MISCONF/,
    {
      code: 'FLEDGE_STORE_SNAPSHOT',
      explanation:
        'it cannot save its snapshot and therefore refuses writes. Look at its disk: is it full, is "dir" writable, is "dbfilename" a plain file name?',
    },
  ],
  [
    /^LOADING|^MASTERDOWN/,
    {
      code: 'FLEDGE_STORE_LOADING',
      explanation: 'it is still loading its data. It will answer when that is done; try again in a moment',
    },
  ],
  [
    /WRONGPASS|NOAUTH|invalid password|AUTH failed|without any password configured/,
    {
      code: 'FLEDGE_STORE_AUTH',
      explanation:
        'it does not accept the user or password. Check JOBS_PASSWORD, or user:password@ in JOBS_URL (with %-escapes for special characters)',
    },
  ],
  [
    /^NOPERM/,
    {
      code: 'FLEDGE_STORE_PERMISSION',
      explanation:
        'the user may not run a command that Fledge needs. Allow it, on keys that begin with the prefix, all commands but @admin and @dangerous, and then info, client|setname and client|list',
    },
  ],
  [
    /timed out/i,
    {
      code: 'FLEDGE_STORE_TIMEOUT',
      explanation:
        'it did not answer in time: frozen, overloaded or behind a slow network. The job may be enqueued all the same, under the id of error.jobId',
    },
  ],
  [
    /ENOTFOUND|EAI_AGAIN/,
    {
      code: 'FLEDGE_STORE_HOST_UNKNOWN',
      explanation:
        'its host name cannot be resolved. Check the host in JOBS_URL; in containers, that both are in the same network. Fledge tries again by itself',
    },
  ],
  [
    /self.signed|certificate|\bSSL\b|\bTLS\b|ERR_TLS|ERR_SSL|EPROTO|unable to (get|verify)/i,
    {
      code: 'FLEDGE_STORE_TLS',
      explanation:
        'the encrypted connection cannot be made. Does the server speak TLS on this port (rediss:// if it does, redis:// if not), is its certificate for this host, and is its authority known (NODE_EXTRA_CA_CERTS)?',
    },
  ],
  [
    /^Connection is closed|ECONN|EHOST|ENET|EPIPE|ETIMEDOUT|max retries|writeable/i,
    {
      code: 'FLEDGE_STORE_UNREACHABLE',
      explanation:
        'there is no connection to it. Is it running, and are the host, port and scheme (rediss:// for TLS) of JOBS_URL right? Fledge reconnects by itself',
    },
  ],
];

const unknown: Diagnosis = {
  code: 'FLEDGE_STORE_FAILED',
  explanation: 'it answered with an error that Fledge does not know. Its own words follow',
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

interface Diagnosed extends Diagnosis {
  readonly cause: Error;
  /** The engine's own words. */
  readonly text: string;
}

function diagnose(thrown: unknown): Diagnosed {
  const cause = bareError(thrown);
  const text = `${(cause as NodeJS.ErrnoException).code ?? ''} ${cause.message}`.trim();
  const known = diagnoses.find(([pattern]) => pattern.test(cause.message) || pattern.test(text));
  return { ...(known?.[1] ?? unknown), cause, text };
}

/** What is wrong with the store and its cure, without the store's name. */
export function storeTrouble(thrown: unknown): FledgeError {
  if (thrown instanceof FledgeError) return thrown;
  const { code, explanation, cause, text } = diagnose(thrown);
  return new FledgeError(code, `${explanation}. (${text})`, { cause });
}

/**
 * Puts what the engine threw into a coded error that says which store, why, and what to do.
 * @param failed what the store did, or did not do: "did not take the job"
 */
export function storeError(thrown: unknown, store: string, failed: string, jobId?: string): FledgeError {
  if (thrown instanceof FledgeError) return thrown;
  const { code, explanation, cause, text } = diagnose(thrown);
  const message = `The store (${store}) ${failed}: ${explanation}. (${text})`;
  return new FledgeError(code, message, { cause, ...(jobId === undefined ? {} : { jobId }) });
}
