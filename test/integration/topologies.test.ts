import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Job, JobsInspector, schedule, type JobsOptions } from 'nestjs-fledge';
import { createJobsClient, job } from 'nestjs-fledge/client';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../src/testing/redis/free-port.js';
import { Store } from '../../src/jobs/store/store.js';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { System } from '../support/system.js';
import { ownCluster, ownFolder, ownSentinels } from '../support/topologies.js';
import { until } from '../support/until.js';

const ran: string[] = [];

@Job()
class NoteJob {
  async perform({ note }: { note: string }): Promise<void> {
    ran.push(note);
  }
}

beforeEach(() => {
  ran.length = 0;
});

type StoreOptions = Pick<JobsOptions, 'url' | 'sentinel' | 'cluster' | 'watchInterval'>;

/** Enqueues in one application and runs in another, like web and worker. A client enqueues too. */
async function worksOn(options: StoreOptions): Promise<[JobsApp, JobsApp]> {
  const [web, worker] = [await jobsApp(options, [NoteJob]), await jobsApp(options, [NoteJob])];
  await worker.worker.start();
  await web.jobs.enqueue(NoteJob, { note: 'one' });
  await web.jobs.enqueueAll(
    NoteJob,
    Array.from({ length: 600 }, (_, i) => ({ note: `n${i}` })),
  );
  await web.jobs.enqueue(NoteJob, { note: 'later' }, { delay: 50 });
  const { watchInterval: _, ...store } = options;
  await using client = createJobsClient({ ...store, jobs: { NoteJob: job<NoteJob>() } });
  await client.enqueue('NoteJob', { note: 'from a client' });
  await until('all ran', () => ran.length === 603);
  await editsOn(web);
  return [web, worker];
}

/** Jobs can be found and edited. The scripts of a move use two queues. */
async function editsOn({ app, jobs }: JobsApp): Promise<void> {
  const inspector = app.get(JobsInspector);
  const { id } = await jobs.enqueue(NoteJob, { note: 'moved' }, { delay: '1h' });
  await inspector.move(id, 'mailers');
  await inspector.promote(id);
  await until('it ran', async () => (await inspector.find(id))?.state === 'completed');
  const page = await inspector.jobs('completed', { queue: 'mailers' });
  expect(page.jobs.map((job) => job.id)).toEqual([id]);
  expect(await app.get(Store).inventory.queues()).toEqual({ names: ['default', 'mailers'], complete: true });
  expect(await inspector.discardAll('completed', { queue: 'mailers' })).toBe(1);
  expect(await inspector.find(id)).toBeUndefined();
}

/** Checks the keys of a schedule, which a newer version of the application declares. */
async function ticksOn(options: JobsOptions): Promise<void> {
  const entry = schedule(NoteJob, { note: 'tick' }, { name: 'tick', cron: '* * * * * *' });
  const { app, worker } = await jobsApp({ ...options, schedules: [entry] }, [NoteJob]);
  await worker.start();
  await until('it ran twice', () => ran.filter((note) => note === 'tick').length >= 2);
  const inspector = app.get(JobsInspector);
  await inspector.pauseSchedule('tick');
  expect(await inspector.schedules()).toMatchObject([
    { name: 'tick', paused: true, last: expect.any(Date) as Date },
  ]);
}

describe('a user with the least rights', () => {
  const rights = [
    '~{fledge}:*',
    'resetchannels',
    '+@all',
    '-@admin',
    '-@dangerous',
    '+info',
    '+client|setname',
    '+client|list',
  ];

  it('can enqueue, run jobs, and report queues without a worker', async () => {
    const redis = await ownRedis(['--user', 'app', 'on', '>s%cret', ...rights, '--user', 'default', 'off']);
    const url = `redis://app:s%25cret@127.0.0.1:${redis.port}`;
    const alone = await jobsApp({ url, watchInterval: 50 }, [NoteJob]);
    await alone.jobs.enqueue(NoteJob, { note: 'first' });
    await alone.event('queue-unserved', ({ queue }) => queue === 'default');
    await alone.worker.start();
    await until('it ran', () => ran.includes('first'));
    await alone.close();
    ran.length = 0;
    const [web] = await worksOn({ url, watchInterval: 50 });
    await ticksOn({ url });
    expect(web.events.filter(({ type }) => type === 'warning')).toEqual([]);
  });

  it('can run jobs without INFO and CLIENT LIST, and warns of what is missing', async () => {
    const few = ['~{fledge}:*', 'resetchannels', '+@all', '-@admin', '-@dangerous', '+client|setname'];
    const redis = await ownRedis(['--user', 'app', 'on', '>pass', ...few]);
    const options = { url: `redis://app:pass@127.0.0.1:${redis.port}`, watchInterval: 50 };
    const { jobs, worker, event } = await jobsApp(options, [NoteJob]);
    await jobs.enqueue(NoteJob, { note: 'first' });
    await event('warning', ({ code }) => code === 'FLEDGE_EVICTION_UNKNOWN');
    await event('warning', ({ code }) => code === 'FLEDGE_QUEUE_WATCH_BLIND');
    await worker.start();
    await until('it ran', () => ran.includes('first'));
  });

  it('cannot write outside its prefix', async () => {
    const redis = await ownRedis(['--user', 'app', 'on', '>pass', ...rights]);
    const { jobs } = await jobsApp({ url: `redis://app:pass@127.0.0.1:${redis.port}?prefix=other` }, [
      NoteJob,
    ]);
    await expect(jobs.enqueue(NoteJob, { note: 'x' })).rejects.toMatchObject({
      code: 'FLEDGE_STORE_PERMISSION',
    });
  });
});

describe('rediss://', () => {
  async function tlsRedis(): Promise<{ port: number; authority: string }> {
    const directory = await ownFolder();
    const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const make = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '1',
      '-keyout',
      key,
      '-out',
      certificate,
    ];
    execFileSync('openssl', [...make, ...subject], { stdio: 'ignore' });
    const port = await freePort();
    const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate];
    await ownRedis(['--tls-port', String(port), '--tls-auth-clients', 'no', ...files]);
    return { port, authority: certificate };
  }

  it('refuses a server with an unknown authority with its own code', async () => {
    const { port } = await tlsRedis();
    const { jobs } = await jobsApp({ url: `rediss://localhost:${port}` }, [NoteJob]);
    await expect(jobs.enqueue(NoteJob, { note: 'x' })).rejects.toMatchObject({ code: 'FLEDGE_STORE_TLS' });
  });

  it('to a port without TLS fails in time, and the message names the scheme', async () => {
    const redis = await ownRedis();
    const { jobs } = await jobsApp({ url: `rediss://localhost:${redis.port}` }, [NoteJob]);
    await expect(jobs.enqueue(NoteJob, { note: 'x' })).rejects.toMatchObject({
      code: 'FLEDGE_STORE_UNREACHABLE',
      message: expect.stringContaining('rediss:// for TLS'),
    });
  });

  it('works with a private authority in NODE_EXTRA_CA_CERTS, in web and worker', async () => {
    const { port, authority } = await tlsRedis();
    const system = await System.create({
      JOBS_URL: `rediss://localhost:${port}/2`,
      NODE_EXTRA_CA_CERTS: authority,
    });
    await Promise.all([system.web(), system.worker()]);
    expect((await system.signUp('Ada', 'ada@example.test')).status).toBe(201);
    await until('the mail is there', () => system.mailsFor('ada@example.test') === 1);
  });
});

describe('Redis Cluster', () => {
  it('works with all queues in one slot', async () => {
    const options = { cluster: { nodes: await ownCluster() }, url: 'redis://cluster?prefix=shop' };
    const [web] = await worksOn(options);
    await ticksOn(options);
    expect(web.events.find(({ type }) => type === 'store-ready')).toMatchObject({
      store: expect.stringContaining('cluster 127.0.0.1:'),
    });
    expect(await web.jobs.enqueue(NoteJob, { note: 'again' })).toMatchObject({ status: 'enqueued' });
  });
});

describe('Redis Sentinel', () => {
  it('web and worker follow Sentinel away from a master that hangs', async () => {
    const { nodes, master } = await ownSentinels(2);
    const [web] = await worksOn({ sentinel: { name: 'main', nodes } });
    master.process.kill('SIGSTOP');
    onTestFinished(() => void master.process.kill('SIGCONT'));
    await until('an enqueue succeeds on the new master', () =>
      web.jobs.enqueue(NoteJob, { note: 'after' }).then(
        () => true,
        () => false,
      ),
    );
    await until('the worker followed', () => ran.includes('after'));
  });
});
