import { lookup as resolveName, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Refuse } from '../../mail/field-limits.js';
import { isPrivateAddress } from './private-address.js';

/** In milliseconds, without a byte from the server. */
const silence = 10_000;
const redirects = 3;

/** What a fetch goes through; another one is for tests. */
export interface Network {
  readonly resolve: (host: string) => Promise<readonly LookupAddress[]>;
  readonly isPrivate: (address: string) => boolean;
  /** Certificates of authorities to trust in place of Node's own. */
  readonly ca?: string;
}

const internet: Network = {
  resolve: (host) =>
    new Promise((done, fail) =>
      resolveName(host, { all: true }, (error, addresses) => (error ? fail(error) : done(addresses))),
    ),
  isPrivate: isPrivateAddress,
};

/** Which hosts a file may come from, and how long it may take in all. */
export interface RemoteLimits {
  readonly allowed: readonly string[];
  /** In milliseconds, from the look-up of the name to the last byte. */
  readonly timeout: number;
}

/**
 * Fetches a file from one of the allowed hosts and gives its body to `read`. The address that was looked at is the one that is
 * connected to.
 *
 * @param read must end when its signal aborts
 * @throws what `refuse` and `read` throw; the network's own errors, and one for any other answer than 200
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
  const late = new Error(`it took longer than ${timeout / 1_000} s`);
  const timer = setTimeout(() => controller.abort(late), timeout);
  const onAbort = (): void => controller.abort(job.reason);
  job.addEventListener('abort', onAbort, { once: true });
  try {
    return await read(await follow(href, allowed, refuse, signal, network), signal);
  } catch (thrown) {
    // What node:http throws for an abort does not say why.
    signal.throwIfAborted();
    throw thrown;
  } finally {
    clearTimeout(timer);
    job.removeEventListener('abort', onAbort);
  }
}

/** Answers with the body of the first response that is not a redirect. */
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
      throw new Error(`${url.host} answered ${statusCode}`);
    }
    target = new URL(headers.location, url).href;
  }
  throw new Error(`more than ${redirects} redirects`);
}

function allowedUrl(href: string, allowed: readonly string[], refuse: Refuse): URL {
  const url = URL.canParse(href) ? new URL(href) : refuse('its href is no address');
  if (url.protocol !== 'https:') refuse('its href is not https');
  if (!allowed.includes(url.host)) {
    refuse(
      `remote content is fetched only from attachments.allowRemote of MailersModule.forRoot, and ${url.host} is not among them`,
    );
  }
  if (url.username || url.password) refuse('its href has a user or a password in it');
  return url;
}

async function get(
  url: URL,
  refuse: Refuse,
  signal: AbortSignal,
  network: Network,
): Promise<IncomingMessage> {
  // `[::1]` without its brackets. Of an address nothing is looked up, so the check below would not see it.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host)
    ? [{ address: host, family: isIP(host) }]
    : await unlessAborted(network.resolve(host), signal);
  if (addresses.length === 0 || addresses.some(({ address }) => network.isPrivate(address))) {
    refuse(`${url.hostname} has a private address`);
  }
  const lookup: LookupFunction = (_host, { all }, done) =>
    all
      ? (done as (error: null, found: LookupAddress[]) => void)(null, [...addresses])
      : done(null, addresses[0]!.address, addresses[0]!.family);
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      { lookup, signal, agent: false, ca: network.ca, headers: { 'accept-encoding': 'identity' } },
      resolve,
    );
    asked.setTimeout(silence, () =>
      asked.destroy(new Error(`${url.host} was silent for ${silence / 1_000} s`)),
    );
    asked.on('error', reject);
    asked.end();
  });
}

/** A look-up cannot be stopped, so it is left alone when the signal aborts. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    promise.then(resolve, reject);
  });
}
