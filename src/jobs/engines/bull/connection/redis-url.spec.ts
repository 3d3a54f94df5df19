import { describe, expect, it } from 'vitest';
import { describeAddress, parseRedisUrl } from './redis-url.js';

describe('parseRedisUrl', () => {
  it.each([
    ['redis://localhost', { host: 'localhost', port: 6379, db: 0, tls: false, prefix: '{fledge}' }],
    [
      'rediss://app:p%40ss%2F@cache.test:6380/5',
      { host: 'cache.test', port: 6380, db: 5, username: 'app', password: 'p@ss/', tls: true },
    ],
    ['redis://:secret@h/2?prefix=shop', { username: undefined, password: 'secret', db: 2, prefix: '{shop}' }],
    ['redis://[::1]:7000', { host: '::1', port: 7000 }],
  ])('reads %s', (url, expected) => expect(parseRedisUrl(url, undefined)).toMatchObject(expected));

  it('prefers the separate password to the one in the URL', () => {
    expect(parseRedisUrl('redis://u:old@h', 'new')).toMatchObject({ username: 'u', password: 'new' });
  });

  it.each([
    ['localhost:6379', /no host|scheme/],
    ['', /not a URL/],
    ['http://h', /scheme is neither/],
    ['redis://h/five', /database is not a number/],
    ['redis://h?prefx=a', /a parameter other than prefix/],
    ['redis://u:12/secret@h:6379', /^(?!.*secret).*before an "@"/],
    ['redis://u:12?secret@h:6379', /^(?!.*secret).*before an "@"/],
    ['redis://u:1/2?prefix=ok#secret@h', /^(?!.*secret).*before an "@"/],
    ['redis://u:1/2?prefix=secret@h:6379', /^(?!.*secret).*before an "@"/],
    ['redis://u:12#secret', /^(?!.*secret).*it has a "#"/],
    ['redis://u:12\nsecret@h', /^(?!.*secret).*line break/],
    ['redis://secret,of@h,2', /^(?!.*secret).*host has characters other than/],
    ['redis://u:100%secret@h', /^(?!.*secret).*does not begin an escape/],
    ['redis://h?prefix={a}', /prefix has other/],
  ])('refuses %j without quoting the whole URL', (url, message) => {
    expect(() => parseRedisUrl(url, undefined)).toThrow(message);
  });

  it('refuses PostgreSQL, which is not supported yet', () => {
    expect(() => parseRedisUrl('postgresql://u:p@h/db', undefined)).toThrow(/FLEDGE_STORE_UNSUPPORTED/);
  });
});

it('describes an address without its secrets', () => {
  const address = parseRedisUrl('rediss://app:secret@[::1]:7000/3?prefix=x', undefined);
  expect(describeAddress(address)).toBe('rediss://[::1]:7000/3, prefix {x}');
});

it('needs no URL with sentinels or a cluster', () => {
  const nodes = [{ host: 'a.test', port: 1 }];
  const sentinel = parseRedisUrl(undefined, 'secret', {
    kind: 'sentinel',
    sentinel: { name: 'main', nodes },
  });
  const cluster = parseRedisUrl(undefined, undefined, { kind: 'cluster', cluster: { nodes } });
  expect(describeAddress(sentinel)).toBe('redis://main of sentinels a.test:1/0, prefix {fledge}');
  expect(describeAddress(cluster)).toBe('redis://cluster a.test:1/0, prefix {fledge}');
  expect(() => parseRedisUrl(undefined, undefined)).toThrow('it is not a URL');
});
