import { Socket } from 'node:net';
import type { PageRequest } from '../page/reply.js';
import { allowedVisitors, type AllowedVisitors, type PagesOption } from './allowed-visitors.js';
import { hostName, type HostNames } from './host-names.js';
import { unixSocket, type Peers } from './peers.js';

/** Something about a request that decides whether it gets a page. */
export interface Seen {
  /** Undefined when the request does not have it, or not in a form that can be trusted. */
  readonly value: string | undefined;
  readonly allowed: boolean;
}

/** Why a request gets no page: its host, its peer or both are not allowed. */
export interface Refusal {
  readonly host: Seen;
  readonly peer: Seen;
  readonly option: PagesOption;
}

/**
 * Decides who gets pages that have no guards: browsers on this machine, and visitors that the application allows. The
 * peer's address keeps the network out. The Host header keeps out websites whose name was made to resolve to this
 * machine (DNS rebinding).
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

  /** Returns why a request gets no page, or undefined when it gets one. */
  refusal(request: PageRequest): Refusal | undefined {
    // Express's request is Node's own, Fastify's has it.
    const { rawHeaders = [], socket } = request.rawHeaders ? request : (request.raw ?? {});
    // A target with a host of its own, as proxies get it, contradicts the Host header.
    const host = seen(request.originalUrl.startsWith('/') ? hostName(rawHeaders) : undefined, this.hosts);
    const peer = seen(addressOf(socket), this.peers);
    return host.allowed && peer.allowed ? undefined : { host, peer, option: this.option };
  }
}

function seen(value: string | undefined, among: { has(value: string): boolean }): Seen {
  return { value, allowed: value !== undefined && among.has(value) };
}

/**
 * Returns the address of the connection itself. Express's `request.ip` would repeat a header where `trust proxy` is set.
 * Serverless adapters and Fastify's `inject` invent a socket, often with the address 127.0.0.1: that has no address here.
 */
function addressOf(socket: unknown): string | undefined {
  if (!(socket instanceof Socket)) return undefined;
  const [address = unixSocket] = socket.remoteAddress?.split('%', 1) ?? [];
  // Without the interface of fe80::1%eth0, and as people write it where a dual-stack server has ::ffff:192.168.1.20.
  return address.replace(/^::ffff:(\d+\.)/, '$1');
}
