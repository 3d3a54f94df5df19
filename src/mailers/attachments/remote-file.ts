import { lookup as resolveName, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Refuse } from '../address.js';
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

/**
 * Fetches a file from one of the allowed hosts. The address that was looked at is the one that is connected to.
 *
 * @returns the body, as a stream
 * @throws what `refuse` throws; the network's own errors, and one for any other answer than 200
 */
export async function fetchRemote(
  href: string,
  allowed: readonly string[],
  refuse: Refuse,
  signal: AbortSignal,
  network: Network = internet,
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
  const addresses = isIP(host) ? [{ address: host, family: isIP(host) }] : await network.resolve(host);
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
