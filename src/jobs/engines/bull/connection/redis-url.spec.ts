import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { IoredisOptions, RedisOptions, RedisTopology } from '../../../config/redis-options.js';
import { describeAddress, parseRedisUrl } from './redis-url.js';

describe('parseRedisUrl', () => {
  it.each([
    ['redis://localhost', { host: 'localhost', port: 6379, db: 0, tls: undefined, prefix: '{fledge}' }],
    [
      'rediss://app:p%40ss%2F@cache.test:6380/5',
      { host: 'cache.test', port: 6380, db: 5, username: 'app', password: 'p@ss/', tls: {} },
    ],
    ['redis://:secret@h/2?prefix=shop', { username: undefined, password: 'secret', db: 2, prefix: '{shop}' }],
    ['redis://[::1]:7000', { host: '::1', port: 7000 }],
    ['redis://h?family=6', { family: 6 }],
    [
      'rediss://h?rejectUnauthorized=false&servername=cache.test',
      {
        tls: { rejectUnauthorized: false, servername: 'cache.test' },
      },
    ],
    ['unix:///run/redis/redis%20a.sock', { path: '/run/redis/redis a.sock', db: 0, tls: undefined }],
    ['unix:/run/redis.sock?db=3&prefix=shop', { path: '/run/redis.sock', db: 3, prefix: '{shop}' }],
    ['unix://app:p%2Fss@/run/redis.sock', { path: '/run/redis.sock', username: 'app', password: 'p/ss' }],
    ['unix://:p@localhost/run/redis.sock', { path: '/run/redis.sock', username: undefined, password: 'p' }],
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
    ['redis://h?prefix={a}', /prefix has characters other/],
    ['redis://h?secret=1', /^(?!.*secret).*a parameter other than/],
    ['redis://h?family=5', /family is not 0, 4 or 6/],
    ['redis://h?db=2', /belongs after the host/],
    ['redis://h?rejectUnauthorized=false', /only rediss:.. uses TLS/],
    ['rediss://h?rejectUnauthorized=no', /not true or false/],
    ['rediss://h?ca=/no/secret.pem', /^(?!.*secret).*its ca names a file that cannot be read \(ENOENT\)/],
    ['unix://host/run/redis.sock', /without a host/],
    ['unix:///', /without a host/],
    ['unix:///run/redis.sock?db=x', /database is not a number/],
    ['unix://u:12/secret@/run/redis.sock', /^(?!.*secret)/],
    ['unix:///tmp/100%/redis.sock', /its path has a "%".*%25.*FLEDGE_STORE_URL_INVALID/],
    ['unix:///tmp/%ff.sock', /its path has a "%"/],
    ['unix:///tmp/a%00b.sock', /zero byte/],
  ])('refuses %j without quoting the whole URL', (url, message) => {
    expect(() => parseRedisUrl(url, undefined)).toThrow(message);
  });

  it('refuses PostgreSQL, which is not supported yet', () => {
    expect(() => parseRedisUrl('postgresql://u:p@h/db', undefined)).toThrow(/FLEDGE_STORE_UNSUPPORTED/);
  });
});

describe('the option redis', () => {
  const parse = (url: string | undefined, options: RedisOptions, topology?: RedisTopology) =>
    parseRedisUrl(url, undefined, topology, options);
  const cluster = (ioredis: IoredisOptions): RedisTopology => ({
    kind: 'cluster',
    cluster: { nodes: [{ host: 'h', port: 1 }], ioredis },
  });

  it('of a cluster cannot have a database', () => {
    expect(() => parse('redis://h/2', {}, cluster({}))).toThrow(/a cluster has only the database 0/);
    expect(() => parse('redis://h/0', {}, cluster({}))).not.toThrow();
  });

  it('is overridden by the same parameter of the URL', () => {
    const tls = { ca: 'a', servername: 'b' };
    expect(parse('rediss://h?servername=c&family=4', { tls, family: 6 })).toMatchObject({
      tls: { ca: 'a', servername: 'c' },
      family: 4,
    });
  });

  it('turns TLS on where no URL says so, and not for a local server', () => {
    expect(parse(undefined, { tls: { ca: 'a' } }, cluster({})).tls).toEqual({ ca: 'a' });
    expect(parse('redis://localhost', { tls: { ca: 'a' } }).tls).toBeUndefined();
    expect(parse('unix:///s', { tls: { ca: 'a' } }).tls).toBeUndefined();
  });

  it.each<[RedisOptions, RegExp]>([
    [{ tls: { ca: 'a' } }, /redis.tls of JobsModule is set, and the URL begins with redis:/],
    [{ tls: true as never }, /redis.tls of JobsModule is not an object/],
    [
      { tls: { rejectUnauthorized: 'false' as never } },
      /redis.tls.rejectUnauthorized of JobsModule is a string/,
    ],
    [{ tls: { servername: 1 as never } }, /redis.tls.servername of JobsModule is a number/],
    [{ family: 5 as never }, /redis.family of JobsModule.*: 5. Use 0, 4 or 6/],
    [{ ioredis: 'x' as never }, /redis.ioredis of JobsModule is not an object/],
    [{ ioredis: { keyPrefix: 'a:' } }, /redis.ioredis.keyPrefix of JobsModule cannot be used. Use \?prefix=/],
    [{ ioredis: { tls: {} } }, /Use the option redis.tls/],
    [{ ioredis: { password: 'secret' } }, /^(?!.*secret).*JOBS_PASSWORD/],
    [
      { ioredis: { maxRetriesPerRequest: 3 } },
      /maxRetriesPerRequest of JobsModule cannot be used. Remove it/,
    ],
  ])('%# is refused if it cannot work', (options, message) =>
    expect(() => parse('redis://cache.test', options)).toThrow(message),
  );

  it('refuses options of a cluster that Fledge sets itself', () => {
    expect(() => parse(undefined, {}, cluster({ scaleReads: 'slave' }))).toThrow(
      /cluster.ioredis.scaleReads/,
    );
    expect(() => parse(undefined, {}, cluster({ redisOptions: {} }))).toThrow(/redis.ioredis and redis.tls/);
    expect(parse(undefined, {}, cluster({ natMap: {} }))).toMatchObject({ prefix: '{fledge}' });
  });
});

describe('the URLs of hosted servers', () => {
  const inDocs = readFileSync(new URL('../../../../../docs/redis.md', import.meta.url), 'utf8');
  const aws = 'name.abc123.euw1.cache.amazonaws.com';

  it.each<[string, object]>([
    [
      'rediss://default:password@name.upstash.io:6379',
      { host: 'name.upstash.io', username: 'default', tls: {} },
    ],
    [`rediss://user:password@master.${aws}:6379`, { host: `master.${aws}`, username: 'user', tls: {} }],
    [
      `rediss://127.0.0.1:6380?servername=master.${aws}`,
      { port: 6380, tls: { servername: `master.${aws}` } },
    ],
    ['rediss://name.redis.cache.windows.net:6380', { port: 6380, username: undefined, tls: {} }],
    ['rediss://name.region.redis.azure.net:10000', { port: 10_000, tls: {} }],
  ])('%s is in the docs and can be used', (url, expected) => {
    expect(inDocs).toContain(url);
    expect(parseRedisUrl(url, undefined)).toMatchObject(expected);
  });

  it('with an AUTH token or a self-signed certificate can be used', () => {
    expect(parseRedisUrl('rediss://:token@h', undefined)).toMatchObject({
      username: undefined,
      password: 'token',
    });
    const heroku = 'rediss://:p0a1b2@ec2-1-2-3-4.compute-1.amazonaws.com:6789';
    const tls = { rejectUnauthorized: false };
    expect(parseRedisUrl(heroku, undefined, undefined, { tls })).toMatchObject({ password: 'p0a1b2', tls });
    expect(parseRedisUrl(`${heroku}?rejectUnauthorized=false`, undefined)).toMatchObject({ tls });
  });
});

it('describes a Unix socket', () => {
  const address = parseRedisUrl('unix://app:secret@/run/redis.sock?db=2', undefined);
  expect(describeAddress(address)).toBe('unix:///run/redis.sock, database 2, prefix {fledge}');
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
