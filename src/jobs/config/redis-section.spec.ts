import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { checkRedisSection, readRedisSection } from './redis-section.js';
import { resolveOptions } from './resolved-options.js';
import { locateStore } from './locate-store.js';

const from = 'config/jobs.yml (production)';
const env = { PASSWORD: 's3cret', NAME: 'main', EMPTY: '', NODES: 'a:1,b', URL: 'redis://h:1/2', ON: 'true' };

const read = (yml: string): unknown => readRedisSection(parse(yml), { from, env });

describe('a redis section', () => {
  it.each<[string, object]>([
    ['url: redis://h:1/2', { url: 'redis://h:1/2', topology: { kind: 'url' } }],
    ['{ url: "${URL}", password: "${PASSWORD}" }', { url: 'redis://h:1/2', password: 's3cret' }],
    ['url: redis://${EMPTY:-host}:${PORT:-6380}/1', { url: 'redis://host:6380/1' }],
    ['url: "redis://a:$${b}@h"', { url: 'redis://a:${b}@h' }],
    ['{ url: redis://h, prefix: shop, family: 6 }', { prefix: 'shop', redis: { family: 6 } }],
    [
      '{ url: rediss://h, tls: { servername: s, reject_unauthorized: false } }',
      { redis: { tls: { servername: 's', rejectUnauthorized: false } } },
    ],
    ['{ url: rediss://h, tls: true }', { redis: { tls: {} } }],
    ['{ url: redis://localhost, tls: "${ON}" }', { redis: { tls: {} } }],
    ['{ url: redis://h, tls: false }', { redis: { tls: undefined } }],
    [
      '{ sentinel: { name: "${NAME}", nodes: [s1, "s2:7", { host: "::1", port: 8 }] } }',
      {
        url: 'redis://sentinel/0',
        topology: {
          kind: 'sentinel',
          sentinel: {
            name: 'main',
            nodes: [
              { host: 's1', port: 26_379 },
              { host: 's2', port: 7 },
              { host: '::1', port: 8 },
            ],
          },
        },
      },
    ],
    [
      '{ sentinel: { name: main, nodes: s1, password: "${PASSWORD}", tls: false }, tls: true, username: "a b", database: 3 }',
      {
        url: 'rediss://a%20b@sentinel/3',
        topology: { sentinel: { password: 's3cret', tls: false } },
        redis: { tls: {} },
      },
    ],
    [
      '{ cluster: { nodes: "${NODES}" }, password: x }',
      {
        url: 'redis://cluster/0',
        password: 'x',
        topology: {
          kind: 'cluster',
          cluster: {
            nodes: [
              { host: 'a', port: 1 },
              { host: 'b', port: 6379 },
            ],
          },
        },
      },
    ],
    [
      '{ cluster: { nodes: ["[::1]:7000"] } }',
      { topology: { cluster: { nodes: [{ host: '::1', port: 7000 }] } } },
    ],
  ])('%s', (yml, expected) => expect(read(yml)).toMatchObject(expected));

  it.each<[string, RegExp]>([
    ['redis://h', /^config\/jobs.yml \(production\): redis is not a mapping\. Use the keys url, sentinel/],
    ['{ }', /redis.url is missing\. Set one of url, sentinel and cluster/],
    ['{ url: redis://h, cluster: { nodes: h } }', /redis.cluster cannot be set together with redis.url/],
    [
      '{ sentinel: { name: m, nodes: h }, cluster: { nodes: h } }',
      /redis.cluster cannot be set together with redis.sentinel/,
    ],
    [
      '{ urll: redis://h }',
      /Unknown setting "urll" of redis in config.* Did you mean "url"\?.*SETTING_UNKNOWN/,
    ],
    ['{ sentinels: [a] }', /"sentinels".*Did you mean "sentinel"\?/],
    ['{ sentinel: { nmae: m, nodes: h } }', /"nmae" of redis.sentinel.*"name"/],
    ['{ cluster: { nodes: h, password: x } }', /"password" of redis.cluster/],
    ['{ url: rediss://h, tls: { rejectUnauthorized: false } }', /Did you mean "reject_unauthorized"\?/],
    ['{ sentinel: { nodes: h } }', /redis.sentinel.name is missing/],
    ['{ sentinel: { name: m } }', /redis.sentinel.nodes does not list servers/],
    [
      '{ cluster: { nodes: [] } }',
      /redis.cluster.nodes does not list servers.*\[redis-1:6379, redis-2:6379\]/,
    ],
    ['{ cluster: { nodes: ["redis://:s3cret@h:1"] } }', /redis.cluster.nodes does not list servers/],
    ['{ cluster: { nodes: ["h:0"] } }', /does not list servers/],
    ['{ cluster: { nodes: ["h:99999"] } }', /does not list servers/],
    ['{ cluster: { nodes: [{ host: h, prot: 1 }] } }', /"prot" of redis.cluster.nodes.*"port"/],
    ['{ cluster: { nodes: [[h]] } }', /does not list servers/],
    ['{ cluster: { nodes: h }, database: 1 }', /redis.database is not 0/],
    [
      '{ url: redis://h, database: 1 }',
      /redis.database is only for sentinel and cluster\. Put it into the url/,
    ],
    ['{ url: redis://h, username: u }', /redis.username is only for sentinel/],
    ['{ url: redis://h, password: 123 }', /redis.password is not a text\. Put it in quotes/],
    ['{ url: redis://h, family: 5 }', /redis.family is not an IP version/],
    ['{ url: redis://h, family: six }', /redis.family is not a whole number/],
    ['{ url: redis://h, prefix: "a b" }', /redis.prefix has characters other than/],
    ['{ url: "redis://h?prefix=a", prefix: b }', /redis.prefix is set, and the url has a prefix too/],
    ['{ url: redis://h, tls: true }', /redis.tls is set, and the url begins with redis:\/\/\. Use rediss/],
    ['{ url: rediss://h, tls: false }', /redis.tls is false, and the url begins with rediss/],
    ['{ url: rediss://h, tls: maybe }', /redis.tls is neither true nor false/],
    [
      '{ url: rediss://h, tls: { ca: /nowhere.pem } }',
      /redis.tls.ca names a file that cannot be read \(ENOENT\)/,
    ],
    ['{ url: "memory:" }', /redis.url is memory:/],
    ['{ url: "${EMPTY:-}" }', /redis.url is empty/],
    [
      '{ url: "${MISSING}" }',
      /redis.url refers to the variable MISSING, which is not set.*\$\{MISSING:-value\}/,
    ],
    ['{ url: "${EMPTY}" }', /refers to the variable EMPTY, which is not set/],
    ['{ url: "redis://${X" }', /redis.url has a "\$\{" without its "\}"/],
    ['{ url: "${not a name}" }', /has a "\$\{" without the name of a variable/],
  ])('%s is refused', (yml, message) => {
    expect(() => read(yml)).toThrow(message);
    expect(() => read(yml)).toThrow(/^(?!.*s3cret)/);
  });

  it('of another environment may refer to variables and files that are not here, and is checked all the same', () => {
    const check = (yml: string) => (): void => checkRedisSection(parse(yml), from);
    for (const sound of [
      '{ url: "${MISSING}", password: "${MISSING}", prefix: "${MISSING}" }',
      '{ sentinel: { name: "${A}", nodes: "${B}", tls: "${C}" }, tls: { ca: /nowhere.pem }, database: "${D}" }',
      '{ cluster: { nodes: ["${A}", b] }, family: "${F}", username: "${G}" }',
    ])
      expect(check(sound)).not.toThrow();
    expect(check('{ urll: "${MISSING}" }')).toThrow(/"urll"/);
    expect(check('{ url: "${MISSING}", family: 5 }')).toThrow(/redis.family/);
    expect(check('{ sentinel: { nodes: "${B}" } }')).toThrow(/redis.sentinel.name is missing/);
  });
});

describe('where the store is', () => {
  function file(yml: string): string {
    const directory = mkdtempSync(join(tmpdir(), 'fledge-section-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    writeFileSync(join(directory, 'jobs.yml'), yml);
    return join(directory, 'jobs.yml');
  }
  const yml =
    'redis: { url: redis://base }\nproduction:\n  redis: { url: redis://production, password: p }\n';

  it('code overrides JOBS_URL, which overrides the file', async () => {
    const vars = { JOBS_CONFIG: file(yml) };
    const locate = (options: object, more: NodeJS.ProcessEnv = {}) =>
      locateStore(resolveOptions(options, { ...vars, ...more }), { ...vars, ...more });
    expect(await locate({ url: 'redis://code' }, { JOBS_URL: 'redis://env' })).toMatchObject({
      url: 'redis://code',
      origin: { from: 'the url of JobsModule' },
    });
    expect(await locate({}, { JOBS_URL: 'redis://env' })).toMatchObject({
      url: 'redis://env',
      origin: { from: 'JOBS_URL' },
    });
    expect(await locate({ cluster: { nodes: [{ host: 'c', port: 1 }] } })).toMatchObject({
      url: undefined,
      topology: { kind: 'cluster' },
      origin: { from: 'the cluster of JobsModule' },
    });
    expect(await locate({})).toMatchObject({ url: 'redis://base', origin: { from: vars.JOBS_CONFIG } });
    expect(await locate({}, { NODE_ENV: 'production' })).toMatchObject({
      url: 'redis://production',
      password: 'p',
      origin: { from: `${vars.JOBS_CONFIG} (production)` },
    });
  });

  it('the rest of the options stays, and the environment overrides password and prefix', async () => {
    const vars = { JOBS_CONFIG: file('redis: { url: redis://h, password: p, prefix: a, family: 6 }') };
    const redis = { family: 4, ioredis: { keepAlive: 1 } } as const;
    const options = resolveOptions({ redis, shutdownTimeout: '9s' }, vars);
    expect(await locateStore(options, vars)).toMatchObject({
      password: 'p',
      prefix: 'a',
      redis: { family: 6, ioredis: { keepAlive: 1 } },
      shutdownTimeout: 9_000,
    });
    const more = { ...vars, JOBS_PASSWORD: 'q', JOBS_PREFIX: 'b' };
    expect(await locateStore(resolveOptions({}, more), more)).toMatchObject({ password: 'q', prefix: 'b' });
  });

  it('a file without a section for this environment names no store', async () => {
    const vars = { JOBS_CONFIG: file('production:\n  redis: { url: "${MISSING}" }\n') };
    expect(await locateStore(resolveOptions({}, vars), vars)).toMatchObject({ url: undefined });
    await expect(
      locateStore(resolveOptions({}, vars), { ...vars, NODE_ENV: 'production' }),
    ).rejects.toMatchObject({ code: 'FLEDGE_SETTING_INVALID' });
  });
});
