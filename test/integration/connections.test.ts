import { Redis } from 'ioredis';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { examineStore, Job, type JobsOptions } from 'nestjs-fledge';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { accepts } from '../../src/testing/redis/private-redis.js';
import { freePort } from '../../src/testing/redis/free-port.js';
import {
  connect,
  producerOptions,
  workerOptions,
} from '../../src/jobs/engines/bull/connection/connection.js';
import { parseRedisUrl } from '../../src/jobs/engines/bull/connection/redis-url.js';
import { Store } from '../../src/jobs/store/store.js';
import { ownCertificates } from '../support/certificates.js';
import { fledgeHere } from '../support/fledge-command.js';
import { folderOf } from '../support/folder-of.js';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';
import { ownRedis, requireRedisServer } from '../support/redis-server.js';
import { tcpProxy } from '../support/tcp-proxy.js';
import { selfSigned, tlsRedis } from '../support/tls-redis.js';
import { until } from '../support/until.js';

const ran: string[] = [];

@Job()
class NoteJob {
  async perform({ note }: { note: string }): Promise<void> {
    ran.push(note);
  }
}

/** Sends from one application and runs in another, as web and worker do. */
async function worksOn(options: JobsOptions): Promise<JobsApp> {
  const [web, worker] = [await jobsApp(options, [NoteJob]), await jobsApp(options, [NoteJob])];
  await worker.worker.start();
  const note = `note ${ran.length}`;
  await web.jobs.enqueue(NoteJob, { note });
  await until('it ran', () => ran.includes(note));
  return web;
}

async function refusedBy(options: JobsOptions): Promise<unknown> {
  const { jobs } = await jobsApp(options, [NoteJob]);
  return jobs.enqueue(NoteJob, { note: 'x' }).then(
    () => 'enqueued',
    (error: { code: string }) => error.code,
  );
}

it('never works on another database if the server does not have the one of the URL', async () => {
  const { url } = await ownRedis();
  expect(await refusedBy({ url: `${url}/99` })).toBe('FLEDGE_STORE_UNREACHABLE');
  const client = new Redis(url);
  onTestFinished(() => client.disconnect());
  expect(await client.dbsize()).toBe(0);
  const { code, output } = await fledgeHere(['doctor', `${url}/99`]);
  expect({ code, output }).toEqual({
    code: 1,
    output: expect.stringContaining('it does not have this database') as string,
  });
});

describe('rediss:// with a certificate that Node does not know', () => {
  it('is refused, and the message names the options', async () => {
    const port = await tlsRedis(selfSigned());
    const { jobs } = await jobsApp({ url: `rediss://127.0.0.1:${port}` }, [NoteJob]);
    await expect(jobs.enqueue(NoteJob, { note: 'x' })).rejects.toMatchObject({
      code: 'FLEDGE_STORE_TLS',
      message: expect.stringMatching(/redis: \{ tls: \{ ca \} \} or \?ca=.*servername\. \(DEPTH_ZERO/),
    });
  });

  it('works with rejectUnauthorized, by option and by URL, and the doctor warns', async () => {
    const port = await tlsRedis(selfSigned());
    const url = `rediss://127.0.0.1:${port}`;
    await worksOn({ url, redis: { tls: { rejectUnauthorized: false } } });
    await worksOn({ url: `${url}?rejectUnauthorized=false` });
    const { checks } = await examineStore(`${url}?rejectUnauthorized=false`);
    expect(checks.find(({ name }) => name === 'TLS')).toMatchObject({
      status: 'warning',
      code: 'FLEDGE_STORE_CERTIFICATE',
      found: expect.stringContaining('not verified'),
    });
  });

  it('works with its authority and the name that it is for, by option, by URL and in the command line', async () => {
    const files = selfSigned();
    const url = `rediss://127.0.0.1:${await tlsRedis(files)}`;
    const ca = readFileSync(files.ca);
    await worksOn({ url, redis: { tls: { ca, servername: 'cache.internal' } } });
    // Without the name, the certificate is for another host.
    expect(await refusedBy({ url, redis: { tls: { ca } } })).toBe('FLEDGE_STORE_TLS');
    const withFiles = `${url}?ca=${files.ca}&servername=cache.internal`;
    await worksOn({ url: withFiles });
    expect((await examineStore(withFiles)).checks.find(({ name }) => name === 'TLS')).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('verified, certificate valid until'),
    });
    const dead = await fledgeHere(['dead', withFiles]);
    expect(dead).toMatchObject({ code: 0 });
  });

  it('signs in with a client certificate', async () => {
    const { ca, caPath, cert, key } = ownCertificates();
    const [certPath, keyPath] = [
      caPath.replace('ca.pem', 'server.pem'),
      caPath.replace('ca.pem', 'server.key'),
    ];
    const port = await tlsRedis({ cert: certPath, key: keyPath, ca: caPath }, 'yes');
    const url = `rediss://127.0.0.1:${port}`;
    expect(await refusedBy({ url, redis: { tls: { ca } } })).not.toBe('enqueued');
    await worksOn({ url, redis: { tls: { ca, cert, key } } });
    await worksOn({ url: `${url}?ca=${caPath}&cert=${certPath}&key=${keyPath}` });
  });
});

describe('TLS without the host of a URL', () => {
  it('reaches the nodes of a cluster by the names in their certificates', async () => {
    const files = selfSigned('localhost');
    const bus = await freePort();
    const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(bus), '--tls-cluster', 'yes'];
    const named = [
      '--cluster-announce-hostname',
      'localhost',
      '--cluster-preferred-endpoint-type',
      'hostname',
    ];
    const port = await tlsRedis(files, 'no', [...cluster, ...named]);
    const ca = readFileSync(files.ca);
    const client = new Redis({ port, tls: { ca } });
    onTestFinished(() => client.disconnect());
    await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await until('the cluster is up', async () =>
      String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok'),
    );
    const nodes = [{ host: 'localhost', port }];
    await worksOn({ cluster: { nodes }, redis: { tls: { ca } } });
    await worksOn({ cluster: { nodes }, url: `rediss://nodes?prefix=shop&ca=${files.ca}` });
  });

  it.each([true, false])('reaches a master through its sentinels, whose TLS is %s', async (isEncrypted) => {
    const files = selfSigned('localhost');
    const master = await tlsRedis(files);
    const port = await freePort();
    const at = await folderOf({});
    const file = join(at, 'sentinel.conf');
    const lines = [
      `${isEncrypted ? 'tls-port' : 'port'} ${port}`,
      ...(isEncrypted ? ['port 0'] : []),
      `tls-cert-file ${files.cert}`,
      `tls-key-file ${files.key}`,
      `tls-ca-cert-file ${files.ca}`,
      'tls-auth-clients no',
      'tls-replication yes',
      `dir ${at}`,
      'sentinel resolve-hostnames yes',
      'sentinel announce-hostnames yes',
      `sentinel monitor main localhost ${master} 1`,
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    const sentinel = spawn(requireRedisServer(), [file, '--sentinel'], { stdio: 'ignore' });
    onTestFinished(() => void sentinel.kill('SIGKILL'));
    await until('the sentinel answers', () => accepts('127.0.0.1', port));
    const tls = { ca: readFileSync(files.ca), servername: 'localhost' };
    const nodes = [{ host: '127.0.0.1', port }];
    await worksOn({ sentinel: { name: 'main', nodes, tls: isEncrypted }, redis: { tls } });
  });
});

describe('a Unix socket', () => {
  it('carries jobs, with password and database, and is named in the log', async () => {
    const path = join(await folderOf({}), 'redis.sock');
    await ownRedis(['--unixsocket', path, '--requirepass', 's/cret']);
    const web = await worksOn({ url: `unix://:s%2Fcret@${path}?db=2&prefix=shop` });
    expect(web.app.get(Store).description).toBe(`unix://${path}, database 2, prefix {shop}`);
    const client = new Redis({ path, db: 2, password: 's/cret' });
    onTestFinished(() => client.disconnect());
    expect(await client.keys('{shop}:default:*')).not.toEqual([]);
    const { checks } = await examineStore(`unix://${path}?db=2&prefix=shop`, { password: 's/cret' });
    expect(checks[0]).toMatchObject({
      name: 'connection',
      status: 'ok',
      found: `socket ${path}, database 2, with a password`,
    });
  });

  it('that is not there is a store without a connection', async () => {
    expect(await refusedBy({ url: 'unix:///nowhere/redis.sock' })).toBe('FLEDGE_STORE_UNREACHABLE');
  });
});

describe('options of ioredis', () => {
  it('reach every connection of web and worker', async () => {
    const redis = await ownRedis();
    const options = { url: redis.url, redis: { family: 4 as const, ioredis: { connectionName: 'shop' } } };
    await worksOn(options);
    const client = new Redis(redis.port);
    onTestFinished(() => client.disconnect());
    const names = String(await client.client('LIST')).match(/name=shop /g);
    // Those of the web, the worker's own and the one that its queues share. BullMQ names the blocking ones.
    expect(names).toHaveLength(3);
  });

  it('that Fledge must set itself are refused when the application boots', async () => {
    const url = privateUrl(inject('redisUrl'));
    await expect(jobsApp({ url, redis: { ioredis: { keyPrefix: 'a:' } } }, [NoteJob])).rejects.toMatchObject({
      code: 'FLEDGE_OPTION_INVALID',
      message: expect.stringContaining('Use ?prefix= in the url'),
    });
  });

  it('cannot make a worker leave a connection that waits for jobs', async () => {
    const address = parseRedisUrl('redis://127.0.0.1:1', undefined, undefined, {
      ioredis: { socketTimeout: 500 },
    });
    const timeouts = await Promise.all(
      [producerOptions, workerOptions].map(async (options) => {
        const client = await connect(address, { ...options, lazyConnect: true });
        return 'nodes' in client ? undefined : client.options.socketTimeout;
      }),
    );
    expect(timeouts).toEqual([500, 15_000]);
  });
});

describe('a connection that turns out to be closed', () => {
  /** What closes idle connections between the application and its server, as load balancers do. */
  async function through(): Promise<JobsApp & { proxy: Awaited<ReturnType<typeof tcpProxy>> }> {
    const redis = await ownRedis();
    const proxy = await tcpProxy(redis.port);
    const app = await jobsApp({ url: `redis://127.0.0.1:${proxy.port}` }, [NoteJob]);
    await app.jobs.enqueue(NoteJob, { note: 'first' });
    return { ...app, proxy };
  }

  it('does not fail an enqueue, whatever the way in which it was closed', async () => {
    const { app, jobs, proxy, events } = await through();
    const ids = new Set<string>();
    for (const close of ['cut', 'end', 'reset', 'resetAtNextCommand', 'refuseOnce'] as const) {
      proxy[close]();
      const receipts = await Promise.all(
        [1, 2, 3].map((n) => jobs.enqueue(NoteJob, { note: `${close} ${n}` })),
      );
      const bulk = await jobs.enqueueAll(
        NoteJob,
        Array.from({ length: 50 }, (_, n) => ({ note: `${close} bulk ${n}` })),
      );
      for (const { id, status } of [...receipts, ...bulk]) {
        expect(status).toBe('enqueued');
        ids.add(id);
      }
    }
    const [stats] = await app.get(Store).stats(['default']);
    // Each once, and the first.
    expect(stats?.size).toBe(ids.size + 1);
    expect(events.filter(({ type }) => type === 'store-lost')).toEqual([]);
  });
});
