import { describe, expect, it } from 'vitest';
import { HostNames, hostName } from './host-names.js';

describe('hostName', () => {
  it.each([
    ['localhost', 'localhost'],
    ['LocalHost:3000', 'localhost'],
    ['localhost:', 'localhost'],
    ['127.0.0.1:80', '127.0.0.1'],
    ['[::1]:3000', '[::1]'],
    ['my_app.test', 'my_app.test'],
    ['localhost.', 'localhost.'],
  ])('reads %j as %j', (host, name) => {
    expect(hostName(['Accept', '*/*', 'HOST', host])).toBe(name);
  });

  it.each([
    '',
    ':3000',
    'localhost:http',
    'localhost:3000:80',
    'localhost, evil.example',
    'localhost evil.example',
    'user@localhost',
    'http://localhost',
    'localhost/',
    'localhost#.evil.example',
    '.localhost',
    'a..localhost',
    'localhost..',
    '::1',
    '[::1',
    '[::1].evil.example',
    'localhost\0',
    'lоcalhost',
  ])('finds no name in %j', (host) => {
    expect(hostName(['Host', host])).toBeUndefined();
  });

  it('finds no name without a Host header, in two Host headers, and with :authority', () => {
    expect(hostName([])).toBeUndefined();
    expect(hostName(['Accept', 'host'])).toBeUndefined();
    expect(hostName(['Host', 'localhost', 'host', 'localhost'])).toBeUndefined();
    expect(hostName([':authority', 'localhost'])).toBeUndefined();
    expect(hostName([':authority', 'evil.example', 'Host', 'localhost'])).toBeUndefined();
  });
});

describe('HostNames', () => {
  it('matches exact names and every name below a wildcard, but not the wildcard itself', () => {
    const hosts = new HostNames('App.test', '*.example.test', '10.0.0.5', '[fd00::1]');
    for (const host of ['app.test', 'a.example.test', 'a.b.example.test', '10.0.0.5', '[fd00::1]'])
      expect([host, hosts.has(host)]).toEqual([host, true]);
    for (const host of [
      'example.test',
      'x.app.test',
      'badexample.test',
      'app.test.',
      'app.test.evil.example',
    ])
      expect([host, hosts.has(host)]).toEqual([host, false]);
  });

  it.each(['', '*', '*.', '*.*.test', 'a.*.test', 'app.test:80', 'http://app.test', 'app.test/x', 'ä.test'])(
    'refuses %j',
    (host) => expect(new HostNames().add(host)).toBe(false),
  );

  it.each([
    '127.1',
    '0x7f.1',
    '[0::1]',
    '[::1]:80',
    '::1',
    '*.10.0.0.1',
    '*.[::1]',
    '1.2.3.4.5',
    'a b',
    '.test',
  ])('refuses %j, which no browser sends', (host) => expect(new HostNames().add(host)).toBe(false));
});
