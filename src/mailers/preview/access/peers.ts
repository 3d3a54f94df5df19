import { BlockList, isIP } from 'node:net';

/** Stands for a connection over a Unix socket, which has no address. */
export const unixSocket = 'unix';

/** A set of addresses and ranges. */
export class Peers {
  // Node's list treats ::ffff:127.0.0.1 as 127.0.0.1.
  private readonly ranges = new BlockList();
  private hasUnixSocket = false;

  constructor(...peers: readonly string[]) {
    for (const peer of peers) this.add(peer);
  }

  /** Adds an address, a range such as `172.16.0.0/12`, or `unix`. Returns whether it is valid. */
  add(peer: string): boolean {
    if (peer === unixSocket) return (this.hasUnixSocket = true);
    const [, address = '', prefix] = /^([\da-f:.]+)(?:\/(\d{1,3}))?$/i.exec(peer) ?? [];
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : Number(prefix);
    if (version === 0 || length > bits) return false;
    this.ranges.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
    return true;
  }

  has(peer: string): boolean {
    if (peer === unixSocket) return this.hasUnixSocket;
    return this.ranges.check(peer, isIP(peer) === 4 ? 'ipv4' : 'ipv6');
  }
}
