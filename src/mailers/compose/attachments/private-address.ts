import { BlockList, isIPv6 } from 'node:net';

/** Networks without public servers: private, local, shared, reserved, multicast. Source: IANA's special-purpose registries. */
const special = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  special.addSubnet(network, prefix, 'ipv4');
}

/** All public IPv6 addresses are in this network. Addresses that contain an IPv4 address, and those for documentation, are not public. */
const global = new BlockList();
global.addSubnet('2000::', 3, 'ipv6');
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  special.addSubnet(network, prefix, 'ipv6');
}

/** Returns true for an IP address that is not public. */
export function isPrivateAddress(address: string): boolean {
  if (!isIPv6(address)) return special.check(address, 'ipv4');
  return !global.check(address, 'ipv6') || special.check(address, 'ipv6');
}
