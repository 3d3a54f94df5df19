import { Socket } from 'node:net';
import type { PageRequest } from '../page/reply.js';
import { allowedVisitors, type AllowedVisitors, type PagesOption } from './allowed-visitors.js';
import { hostName, type HostNames } from './host-names.js';
import { unixSocket, type Peers } from './peers.js';

/** A property of a request that decides whether it gets a page. */
export interface CheckedValue {
  /** Undefined if the request does not have the property in a form that can be trusted. */
  readonly value: string | undefined;
  readonly allowed: boolean;
}

/** The reason why a request gets no page. Its host, its peer or both are not allowed. */
export interface Refusal {
  readonly host: CheckedValue;
  readonly peer: CheckedValue;
  readonly option: PagesOption;
}

/**
 * Decides which requests get pages without guards. Browsers on this machine get them, and visitors that the application
 * allows. The check of the peer's address excludes the network. The check of the Host header excludes websites whose name
 * was made to resolve to this machine (DNS rebinding).
 */
export class LocalVisitors {
  private readonly hosts: HostNames;
  private readonly peers: Peers;

  /** @throws FledgeError `FLEDGE_OPTION_INVALID` */
  constructor(
    allow: AllowedVisitors | undefined,
    private readonly option: PagesOption,
  ) {
    ({ hosts: this.hosts, peers: this.peers } = allowedVisitors(allow, option));
  }

  /** Returns the reason why a request gets no page, or undefined if it gets one. */
  refusal(request: PageRequest): Refusal | undefined {
    // Express passes Node's request, and Fastify has it in `raw`.
    const { rawHeaders = [], socket } = request.rawHeaders ? request : (request.raw ?? {});
    // An absolute target, as proxies get it, may contradict the Host header.
    const host = check(request.originalUrl.startsWith('/') ? hostName(rawHeaders) : undefined, this.hosts);
    const peer = check(addressOf(socket), this.peers);
    return host.allowed && peer.allowed ? undefined : { host, peer, option: this.option };
  }
}

function check(value: string | undefined, allowed: { has(value: string): boolean }): CheckedValue {
  return { value, allowed: value !== undefined && allowed.has(value) };
}

/**
 * Returns the address of the connection itself. Express's `request.ip` would repeat a header if `trust proxy` is set.
 * Serverless adapters and Fastify's `inject` create a fake socket, often with the address 127.0.0.1. It has no address here.
 */
function addressOf(socket: unknown): string | undefined {
  if (!(socket instanceof Socket)) return undefined;
  const [address = unixSocket] = socket.remoteAddress?.split('%', 1) ?? [];
  // Removes the interface of fe80::1%eth0, and the prefix that a dual-stack server writes in ::ffff:192.168.1.20.
  return address.replace(/^::ffff:(\d+\.)/, '$1');
}
