import { expect, it } from 'vitest';
import { Peers } from './peers.js';

it('matches addresses and ranges in both notations of a dual-stack server', () => {
  const peers = new Peers('127.0.0.0/8', '::1', '192.168.1.20', '172.16.0.0/12', 'fd00::/64');
  for (const peer of [
    '127.0.0.1',
    '127.255.255.254',
    '::ffff:127.0.0.1',
    '::1',
    '192.168.1.20',
    '::ffff:192.168.1.20',
    '172.31.255.1',
    'fd00::abcd',
  ])
    expect([peer, peers.has(peer)]).toEqual([peer, true]);
  for (const peer of [
    '128.0.0.1',
    '192.168.1.21',
    '172.32.0.1',
    '::ffff:8.8.8.8',
    'fd00:0:0:1::1',
    '::',
    'unix',
    '',
  ])
    expect([peer, peers.has(peer)]).toEqual([peer, false]);
});

it('matches a Unix socket only if it is allowed, and every address in a range of all addresses', () => {
  expect(new Peers('unix').has('unix')).toBe(true);
  const all = new Peers('0.0.0.0/0', '::/0');
  for (const peer of ['8.8.8.8', '::ffff:8.8.8.8', '2001:db8::1']) expect(all.has(peer)).toBe(true);
  expect(all.has('unix')).toBe(false);
});

it.each(['', 'localhost', '10.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/8/8', '::1/129'])(
  'refuses %j',
  (peer) => expect(new Peers().add(peer)).toBe(false),
);

it.each(['*', 'UNIX', '[::1]', 'fe80::1%eth0', '10.0.0.1:80', ' 10.0.0.1', '10.0.0.1,10.0.0.2', '010.0.0.1'])(
  'refuses %j',
  (peer) => expect(new Peers().add(peer)).toBe(false),
);
