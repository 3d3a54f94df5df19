import { lookup as resolveName, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { asError } from '../../../jobs/internals.js';
import type { Refuse } from '../../mail/field-limits.js';
import { isPrivateAddress } from './private-address.js';

/** How long the server may send nothing, in milliseconds. */
const silenceTimeout = 10_000;
const redirects = 3;

/** The network that files are fetched from. Tests replace it. */
export interface Network {
  readonly resolve: (host: string) => Promise<readonly LookupAddress[]>;
  readonly isPrivate: (address: string) => boolean;
  /** The certificates to trust instead of Node's. */
  readonly ca?: string;
}

const internet: Network = {
  resolve: (host) =>
    new Promise((done, fail) =>
      resolveName(host, { all: true }, (error, addresses) => (error ? fail(error) : done(addresses))),
    ),
  isPrivate: isPrivateAddress,
};

/** The hosts that a file may come from, and how long fetching it may take. */
export interface RemoteLimits {
  readonly allowed: readonly string[];
  /** From the lookup of the name to the last byte, in milliseconds. */
  readonly timeout: number;
}

/**
 * Fetches a file from one of the allowed hosts and passes its body to `read`. It connects to the address that was checked.
 *
 * @param read must end when its signal aborts
 * @throws what `refuse` and `read` throw; errors of the network, and an error for any response other than 200
 */
export async function fetchRemote<Result>(
  href: string,
  { allowed, timeout }: RemoteLimits,
  refuse: Refuse,
  job: AbortSignal,
  read: (body: IncomingMessage, signal: AbortSignal) => Promise<Result>,
  network: Network = internet,
): Promise<Result> {
  job.throwIfAborted();
  const controller = new AbortController();
  const { signal } = controller;
  const timeoutError = new Error(`it took longer than ${timeout / 1_000} s`);
  const timer = setTimeout(() => controller.abort(timeoutError), timeout);
  const onAbort = (): void => controller.abort(job.reason);
  job.addEventListener('abort', onAbort, { once: true });
  try {
    return await read(await follow(href, allowed, refuse, signal, network), signal);
  } catch (thrown) {
    // The error that node:http throws after an abort does not have the reason.
    signal.throwIfAborted();
    throw thrown;
  } finally {
    clearTimeout(timer);
    job.removeEventListener('abort', onAbort);
  }
}

/** Follows redirects and returns the first other response. */
async function follow(
  href: string,
  allowed: readonly string[],
  refuse: Refuse,
  signal: AbortSignal,
  network: Network,
): Promise<IncomingMessage> {
  let target = href;
  for (let hop = 0; hop <= redirects; hop++) {
    const url = allowedUrl(target, allowed, refuse);
    const response = await get(url, refuse, signal, network);
    const { statusCode = 0, headers } = response;
    if (statusCode === 200) return response;
    response.destroy();
    if (statusCode < 300 || statusCode > 399 || !headers.location) {
      throw new Error(`${url.host} responded with ${statusCode}`);
    }
    target = new URL(headers.location, url).href;
  }
  throw new Error(`it has more than ${redirects} redirects`);
}

function allowedUrl(href: string, allowed: readonly string[], refuse: Refuse): URL {
  const url = URL.canParse(href) ? new URL(href) : refuse('its href is not a URL');
  if (url.protocol !== 'https:') refuse('its href is not https');
  if (!allowed.includes(url.host)) {
    refuse(
      `its href is on a host that is not allowed, ${url.host}. Add the host to attachments.allowRemote of MailersModule.forRoot, unless users choose it`,
    );
  }
  if (url.username || url.password) refuse('its href contains a user or a password');
  return url;
}

async function get(
  url: URL,
  refuse: Refuse,
  signal: AbortSignal,
  network: Network,
): Promise<IncomingMessage> {
  // `[::1]` without its brackets. Node does not look up addresses, so this function checks them itself.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host)
    ? [{ address: host, family: isIP(host) }]
    : await unlessAborted(network.resolve(host), signal);
  const [first] = addresses;
  if (!first || addresses.some(({ address }) => network.isPrivate(address))) {
    return refuse(`${url.hostname} has a private address`);
  }
  const lookup: LookupFunction = (_host, { all }, done) =>
    all ? done(null, [...addresses]) : done(null, first.address, first.family);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { lookup, signal, agent: false, ca: network.ca, headers: { 'accept-encoding': 'identity' } },
      resolve,
    );
    outgoing.setTimeout(silenceTimeout, () =>
      outgoing.destroy(new Error(`${url.host} sent nothing for ${silenceTimeout / 1_000} s`)),
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** Rejects when the signal aborts. The lookup cannot be stopped, so its result is ignored then. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(asError(signal.reason)), { once: true });
    promise.then(resolve, reject);
  });
}
