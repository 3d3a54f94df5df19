import type { StoreOrigin } from '../../../config/resolved-options.js';
import type { FledgeErrorCode } from '../../../values/errors.js';

export interface StoreProblem {
  readonly code: FledgeErrorCode;
  /** Continues "The store …:". */
  readonly why: string;
  /** Returns what to do, in whole sentences without the last full stop. */
  readonly fix: (origin: StoreOrigin) => string;
}

/** The errors of Redis and of the network. The first match wins. */
const problems: readonly (readonly [RegExp, StoreProblem])[] = [
  [
    /^OOM |maxmemory/,
    {
      code: 'FLEDGE_STORE_FULL',
      why: 'its memory is full, and it refuses writes so that no job is evicted',
      fix: () => 'Increase its memory (maxmemory, or a larger node), or look for a queue without a worker',
    },
  ],
  [
    /^(READONLY|UNBLOCKED)/,
    {
      code: 'FLEDGE_STORE_READONLY',
      why: 'it is a replica, as after a failover',
      fix: ({ from, isCommand }) =>
        isCommand
          ? `Point ${from} to the primary endpoint`
          : `Fledge reconnects by itself. If the error continues, point ${from} to the primary endpoint`,
    },
  ],
  [
    /^MISCONF/,
    {
      code: 'FLEDGE_STORE_SNAPSHOT',
      why: 'it cannot save its snapshot and therefore refuses writes',
      fix: () =>
        'Check that its disk is not full, that "dir" is writable, and that "dbfilename" is a plain file name',
    },
  ],
  [
    /^LOADING|^MASTERDOWN/,
    {
      code: 'FLEDGE_STORE_LOADING',
      why: 'it is still loading its data',
      fix: () => 'It answers when that is done. Try again in a moment',
    },
  ],
  [
    /WRONGPASS|NOAUTH|invalid password|AUTH failed|without any password configured/,
    {
      code: 'FLEDGE_STORE_AUTH',
      why: 'it does not accept the user or password',
      fix: ({ from }) =>
        `Check JOBS_PASSWORD, or user and password in ${from} (in a URL with %-escapes for special characters)`,
    },
  ],
  [
    /^NOPERM/,
    {
      code: 'FLEDGE_STORE_PERMISSION',
      why: 'the user may not run a command that Fledge needs',
      fix: () =>
        'On keys that begin with the prefix, allow all commands except @admin and @dangerous. Also allow info, client|setname and client|list',
    },
  ],
  [
    /timed out|socket timeout/i,
    {
      code: 'FLEDGE_STORE_TIMEOUT',
      why: 'it did not answer in time, because it is frozen, overloaded or behind a slow network',
      fix: ({ isCommand }) =>
        `Check whether it is frozen, swapping, or busy with a slow command or a long script. \`fledge doctor\` measures it${isCommand ? '' : '. Fledge continues when it answers'}`,
    },
  ],
  [
    /ENOTFOUND|EAI_AGAIN/,
    {
      code: 'FLEDGE_STORE_HOST_UNKNOWN',
      why: 'its host name cannot be resolved',
      fix: ({ from, isCommand }) =>
        `Check the host in ${from}. In containers, check that both are in the same network${isCommand ? '' : '. Fledge tries again by itself'}`,
    },
  ],
  [
    /self.signed|certificate|\bSSL\b|\bTLS\b|ERR_TLS|ERR_SSL|EPROTO|unable to (get|verify)/i,
    {
      code: 'FLEDGE_STORE_TLS',
      why: 'the encrypted connection cannot be made',
      fix: () =>
        'Use rediss:// only for a port that speaks TLS. If the certificate is self-signed or from a private authority, pass the authority as redis: { tls: { ca } } or ?ca=/path/ca.pem. If it is for another host name, pass that as servername',
    },
  ],
  [
    /DB index is out of range/,
    {
      code: 'FLEDGE_STORE_UNREACHABLE',
      why: 'it does not have this database',
      fix: ({ from }) => `Correct the number of the database in ${from}`,
    },
  ],
  [
    /sentinels are unreachable/,
    {
      code: 'FLEDGE_STORE_UNREACHABLE',
      why: 'no sentinel names the master',
      fix: ({ from, isCommand }) =>
        `Check that the sentinels are running, and that their nodes and the name of the master in ${from} are right${isCommand ? '' : '. Fledge reconnects by itself'}`,
    },
  ],
  [
    /^Connection is closed|ECONN|ENOENT|EACCES|EHOST|ENET|EPIPE|ETIMEDOUT|max retries|writeable|refresh slots/i,
    {
      code: 'FLEDGE_STORE_UNREACHABLE',
      why: 'there is no connection to it',
      fix: ({ from, isCommand }) =>
        `Check that it is running, and that the host, port and scheme (rediss:// for TLS) of ${from} are right${isCommand ? '' : '. Fledge reconnects by itself'}`,
    },
  ],
];

const unknownProblem: StoreProblem = {
  code: 'FLEDGE_STORE_FAILED',
  why: 'it answered with an error that Fledge does not know',
  fix: () => 'The server’s own message follows',
};

/** @param texts what the error says, in all its forms */
export function findProblem(...texts: readonly string[]): StoreProblem {
  return problems.find(([pattern]) => texts.some((text) => pattern.test(text)))?.[1] ?? unknownProblem;
}
