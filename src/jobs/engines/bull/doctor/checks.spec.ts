import { describe, expect, it } from 'vitest';
import type { Check } from '../../../store/diagnosis.js';
import { defaultRetention } from '../../../config/retention.js';
import { parseRedisUrl } from '../connection/redis-url.js';
import { ServerInfo } from './server-info.js';
import { checkConnections, checkTls } from './connection.js';
import { checkEvictedKeys, checkMemory } from './memory.js';
import { checkPersistence } from './persistence.js';
import { checkQueues } from './queues.js';
import { checkBacklog, checkCluster, checkReplication, checkServerless } from './server.js';
import { checkClock, checkLatency } from './time.js';
import { unknown } from './unknown.js';
import { day } from '../../../values/duration.js';

const now = Date.parse('2026-01-01');
const address = (url: string) => parseRedisUrl(url, undefined);
const info = (fields: Record<string, string | number>): ServerInfo =>
  new ServerInfo(
    Object.entries(fields)
      .map((field) => field.join(':'))
      .join('\r\n'),
  );
/** Returns the code of a fault, or the status. */
const verdict = ({ code, status }: Check): string => code ?? status;

describe('backlog', () => {
  it.each([
    ['127.0.0.1', 128, 'FLEDGE_STORE_BACKLOG'],
    ['::1', 510, 'FLEDGE_STORE_BACKLOG'],
    ['127.0.0.1', 511, 'ok'],
    // The server is on another machine, or the machine has no /proc.
    ['10.0.0.7', 128, 'unknown'],
    ['127.0.0.1', undefined, 'unknown'],
  ])('%s with %s → %s', (remote, somaxconn, expected) =>
    expect(verdict(checkBacklog(remote, somaxconn))).toBe(expected),
  );
});

describe('TLS', () => {
  it.each([
    ['redis://cache.example.com', '203.0.113.7', 'FLEDGE_STORE_PLAINTEXT'],
    ['redis://203.0.113.7', '203.0.113.7', 'FLEDGE_STORE_PLAINTEXT'],
    ['redis://[2001:db8::1]', '2001:db8::1', 'FLEDGE_STORE_PLAINTEXT'],
    ['redis://172.32.0.1', '172.32.0.1', 'FLEDGE_STORE_PLAINTEXT'],
    ['redis://localhost', '127.0.0.1', 'ok'],
    ['redis://[::1]', '::1', 'ok'],
    ['redis://redis', '203.0.113.7', 'ok'],
    ['redis://redis.jobs.svc.cluster.local', '203.0.113.7', 'ok'],
    // ElastiCache has public names for private addresses.
    ['redis://jobs.abc.euw1.cache.amazonaws.com', '10.1.2.3', 'ok'],
    ['redis://cache.example.com', '::ffff:10.1.2.3', 'ok'],
    ['redis://cache.example.com', 'fd00::1', 'ok'],
  ])('without: %s at %s → %s', (url, remote, expected) =>
    expect(verdict(checkTls(address(url), remote, undefined, now))).toBe(expected),
  );

  it('names the password among what can be read', () => {
    const check = checkTls(address('redis://:pw@203.0.113.7'), '203.0.113.7', undefined, now);
    expect(check.found).toContain('the password and payloads');
  });

  it.each([
    [29 * day, 'FLEDGE_STORE_CERTIFICATE'],
    [31 * day, 'ok'],
  ])('a certificate that ends in %i ms → %s', (left, expected) => {
    const tls = { protocol: 'TLSv1.3', isVerified: true, validTo: new Date(now + left) };
    expect(verdict(checkTls(address('rediss://x'), '203.0.113.7', tls, now))).toBe(expected);
  });
});

describe('checks of INFO', () => {
  it.each([
    ['my-cache.serverless.use1.cache.amazonaws.com', ['FLEDGE_ELASTICACHE_SERVERLESS']],
    ['jobs.abc.0001.euw1.cache.amazonaws.com', []],
    ['serverless.example.com', []],
  ])('host %s → %j', (host, expected) =>
    expect(checkServerless(address(`rediss://${host}`)).map(verdict)).toEqual(expected),
  );

  it.each([
    [74, 'ok'],
    [75, 'warning'],
    [89, 'warning'],
    [90, 'error'],
  ])('memory %i %% full → %s', (used, status) =>
    expect(checkMemory(info({ used_memory: used, maxmemory: 100 })).status).toBe(status),
  );

  it.each([
    [79, 'ok'],
    [80, 'FLEDGE_STORE_CONNECTIONS'],
  ])('%i of 100 connections → %s', (open, expected) => {
    const check = checkConnections(info({ connected_clients: open, maxclients: 100 }), 3);
    expect(verdict(check)).toBe(expected);
    expect(check.found).toContain('(5 for the 3 here)');
  });

  it.each([
    ['rdb_last_bgsave_status', 'the last snapshot failed'],
    ['aof_last_write_status', 'the last write to the append-only file failed'],
    ['aof_last_bgrewrite_status', 'the last rewrite of the append-only file failed'],
  ])('%s:err', (field, found) => {
    const [aof, save] = checkPersistence(info({ aof_enabled: 1, [field]: 'err' }), now);
    expect(aof).toMatchObject({ status: 'ok' });
    expect(save).toMatchObject({ code: 'FLEDGE_STORE_SNAPSHOT', found: expect.stringContaining(found) });
  });

  it('reports how long the link of a replica has been down', () => {
    const replica = { role: 'slave', master_host: 'p', master_port: 6379, master_link_status: 'down' };
    const check = checkReplication(
      info({ ...replica, master_link_down_since_seconds: 90 }),
      address('redis://x'),
    );
    expect(check.found).toContain('a replica of p:6379, link down for 1.5 min');
  });

  it('reports unknown if INFO has too few fields', () => {
    const nothing = info({});
    const checks = [
      checkMemory(nothing),
      checkEvictedKeys(nothing),
      ...checkPersistence(nothing, now),
      checkReplication(nothing, address('redis://x')),
      checkCluster(nothing, address('redis://x')),
      checkConnections(nothing, 0),
    ];
    expect(checks.filter(({ status }) => status !== 'unknown')).toEqual([]);
    expect(checkConnections(info({ connected_clients: 4 }), 0).status).toBe('ok');
  });
});

describe('time', () => {
  it.each([
    // The median ignores one slow answer.
    [[1, 1, 500], 'ok'],
    [[10, 10, 10], 'ok'],
    [[1, 11, 12], 'FLEDGE_STORE_SLOW'],
  ])('round trips of %j ms → %s', (trips, expected) => expect(verdict(checkLatency(trips))).toBe(expected));

  it.each([
    [1_000, 'ok'],
    [-1_000, 'ok'],
    [1_001, 'FLEDGE_CLOCK_SKEW'],
    [-1_001, 'FLEDGE_CLOCK_SKEW'],
  ])('%i ms ahead → %s', (ahead, expected) => expect(verdict(checkClock(ahead))).toBe(expected));
});

describe('queues', () => {
  const counts = { waiting: 0, active: 0, delayed: 0, completed: 0, failed: 0 };
  const queue = { name: 'default', counts, paused: false, workers: 1, schedulers: [] };

  it('reports that not all queues were checked', () => {
    const names = Array.from({ length: 101 }, (_, i) => `q${i}`);
    const reading = {
      names,
      complete: false,
      retention: defaultRetention,
      queues: names.slice(0, 100).map((name) => ({ ...queue, name })),
    };
    const [first] = checkQueues(reading, '{fledge}', now);
    expect(first?.found).toContain('only the first 100 were checked; there may be more');
  });

  it('reports once that workers cannot be listed', () => {
    const blind = { ...queue, workers: new Error('the server does not support CLIENT LIST') };
    const reading = {
      names: ['a', 'b'],
      complete: true,
      retention: defaultRetention,
      queues: [blind, { ...blind, name: 'b' }],
    };
    const checks = checkQueues(reading, '{fledge}', now);
    expect(checks.filter(({ code }) => code === 'FLEDGE_QUEUE_WATCH_BLIND')).toHaveLength(1);
  });

  it('shortens a long list of old schedulers', () => {
    const schedulers = Array.from({ length: 500 }, (_, i) => ({
      id: `Job${i}::::0 3 * * *`,
      next: now,
      legacy: true,
    }));
    const reading = {
      names: ['default'],
      complete: true,
      retention: defaultRetention,
      queues: [{ ...queue, schedulers }],
    };
    const old = checkQueues(reading, '{fledge}', now).find(({ code }) => code === 'FLEDGE_SCHEDULER_OLD')!;
    expect(old.found).toMatch(/^500 that/);
    expect(old.found.length).toBeLessThan(400);
  });
});

it('names a missing right, and has no fix for other errors', () => {
  const refused = unknown('latency', new Error('NOPERM no permissions'), '+ping');
  expect(refused).toMatchObject({ status: 'unknown', code: 'FLEDGE_STORE_PERMISSION' });
  expect(unknown('latency', new Error('Connection is closed.'), '+ping').fix).toBeUndefined();
});
