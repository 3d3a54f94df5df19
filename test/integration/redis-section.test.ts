import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Job, JobsInspector } from 'nestjs-fledge';
import { createJobsClient, job } from 'nestjs-fledge/client';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../../src/testing/redis/free-port.js';
import { fledgeOn } from '../support/fledge-command.js';
import { jobsApp, privateUrl } from '../support/jobs-app.js';
import { adminOf, ownCluster, ownFolder, ownSentinels } from '../support/topologies.js';
import { until } from '../support/until.js';

const ran: string[] = [];

@Job()
class NoteJob {
  async perform({ note }: { note: string }): Promise<void> {
    ran.push(note);
  }
}

/** Makes this file the settings file of this process, and returns the environment of a command with it. */
async function settingsFile(yml: string, more: NodeJS.ProcessEnv = {}): Promise<NodeJS.ProcessEnv> {
  const path = join(await ownFolder(), 'jobs.yml');
  await writeFile(path, yml);
  const env = { JOBS_URL: '', JOBS_CONFIG: path, NODE_ENV: 'test', ...more };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return env;
}

/** A web application, a worker, a client and the command find the same store, and none is told where it is. */
async function worksWith(env: NodeJS.ProcessEnv): Promise<unknown[]> {
  ran.length = 0;
  const [web, worker] = [await jobsApp({}, [NoteJob]), await jobsApp({}, [NoteJob])];
  await worker.worker.start();
  await web.jobs.enqueue(NoteJob, { note: 'from the web' });
  await using client = createJobsClient({ jobs: { NoteJob: job<NoteJob>() } });
  await client.enqueue('NoteJob', { note: 'from a client' });
  await until('both ran', () => ran.includes('from the web') && ran.includes('from a client'));
  const { id } = await web.jobs.enqueue(NoteJob, { note: 'later' }, { delay: '1h' });
  const fledge = async (...args: string[]): Promise<unknown> => {
    const { code, out, err } = await fledgeOn({ env }, [...args, '--json']);
    expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
    return JSON.parse(out);
  };
  expect(await fledge('job', id)).toMatchObject({ id, state: 'scheduled' });
  expect(await fledge('queues', '--queue', 'default')).toMatchObject({
    items: [{ scheduled: 1, consumers: 1 }],
  });
  await until('the worker is listed', async () =>
    (await fledgeOn({ env }, ['ps'])).out.includes('default ×10'),
  );
  expect(await fledge('cancel', id, '--reason', 'test')).toMatchObject({ removed: 1 });
  expect(await fledge('job', id)).toMatchObject({ state: 'cancelled', reason: 'test' });
  expect(await web.app.get(JobsInspector).find(id)).toBeUndefined();
  const { ok, checks, store } = (await fledge('doctor')) as { ok: boolean; checks: unknown[]; store: string };
  expect(ok).toBe(true);
  return [store, ...checks];
}

const check = (name: string, status: string, found: RegExp): object =>
  expect.objectContaining({ name, status, found: expect.stringMatching(found) as string }) as object;

describe('the redis section of config/jobs.yml', () => {
  it('names a cluster for web, worker, client and command, and doctor examines the node with the queues', async () => {
    const nodes = await ownCluster();
    const list = nodes.map(({ host, port }) => `${host}:${port}`).join(', ');
    const env = await settingsFile(`test:\n  redis: { cluster: { nodes: [${list}] }, prefix: "\${APP}" }\n`, {
      APP: 'shop',
    });
    const [store, ...checks] = await worksWith(env);
    expect(store).toBe(`redis://cluster ${list.replaceAll(' ', '')}/0, prefix {shop}`);
    const slot = Number(await adminOf(nodes[0]!.port).call('CLUSTER', 'KEYSLOT', '{shop}'));
    const { port } = nodes[slot <= 5460 ? 0 : slot <= 10_922 ? 1 : 2]!;
    expect(checks).toContainEqual(
      check('connection', 'ok', new RegExp(`^127.0.0.1 port ${port}, database 0`)),
    );
    expect(checks).toContainEqual(
      check('cluster', 'ok', /^all queues are in the slot of \{shop\}, on this node$/),
    );
    expect(checks).toContainEqual(check('queues', 'ok', /^2 below the prefix \{shop\}$/));
  });

  it('names sentinels for web, worker, client and command, and doctor examines the master', async () => {
    const { nodes, master } = await ownSentinels(1);
    const list = nodes.map(({ host, port }) => `${host}:${port}`).join(', ');
    const env = await settingsFile(`redis: { sentinel: { name: main, nodes: [${list}] }, database: 2 }\n`);
    const [store, ...checks] = await worksWith(env);
    expect(store).toBe(`redis://main of sentinels ${list.replaceAll(' ', '')}/2, prefix {fledge}`);
    expect(checks).toContainEqual(check('connection', 'ok', new RegExp(`port ${master.port}, database 2`)));
    expect(checks).toContainEqual(check('replication', 'ok', /^primary, 1 replica$/));
  });

  it('names a server, whose password is in the environment', async () => {
    const url = new URL(privateUrl(inject('redisUrl')));
    const env = await settingsFile(`redis: { url: "redis://\${HOST}/0", prefix: "\${APP}" }\n`, {
      HOST: url.host,
      APP: url.searchParams.get('prefix')!,
    });
    await worksWith(env);
  });
});

describe('a command', () => {
  it.each([
    ['redis: { url: "${MISSING}" }', 2, /redis.url refers to the variable MISSING, which is not set/],
    ['redis: { urll: redis://h }', 2, /Unknown setting "urll" of redis in .*Did you mean "url"\?/],
    ['redis: [', 2, /The settings file .* cannot be read/],
    [
      'production: { redis: { url: redis://h } }',
      2,
      /has a redis section only for production, while NODE_ENV is test/,
    ],
    [
      'queues: [default]',
      2,
      /JOBS_URL is empty, and .*jobs\.yml has no redis section\. Write fledge ps redis/,
    ],
  ])('with %s says what is wrong', async (yml, code, message) => {
    const env = await settingsFile(yml);
    const ended = await fledgeOn({ env }, ['ps']);
    expect(ended).toMatchObject({ code, out: '' });
    expect(ended.err).toMatch(message);
    expect(ended.err).toMatch(/\nTry: fledge help ps$/);
  });

  it('names the setting of a store that it cannot reach, and does not promise to reconnect', async () => {
    const [port, other] = [await freePort(), await freePort()];
    const env = await settingsFile(
      `redis: { sentinel: { name: main, nodes: ["127.0.0.1:${port}", "127.0.0.1:${other}"] } }\n`,
    );
    for (const args of [['ps'], ['doctor']]) {
      const { code, out, err } = await fledgeOn({ env }, args);
      expect(code).toBe(1);
      expect(out + err).toContain('no sentinel names the master');
      expect(out + err).toContain(`the name of the master in ${env.JOBS_CONFIG}`);
      expect(out + err).toContain('FLEDGE_STORE_UNREACHABLE');
      expect(out + err).not.toMatch(/by itself/);
    }
    const clusterEnv = await settingsFile(`redis: { cluster: { nodes: ["127.0.0.1:${port}"] } }\n`);
    for (const args of [['ps'], ['doctor']]) {
      const { code, out, err } = await fledgeOn({ env: clusterEnv }, args);
      expect(code).toBe(1);
      expect(out + err).toContain('FLEDGE_STORE_UNREACHABLE');
      expect(out + err).toContain(`of ${clusterEnv.JOBS_CONFIG} are right`);
    }
  });

  it('reports a server that is not part of a cluster', async () => {
    const { port, hostname } = new URL(inject('redisUrl'));
    const env = await settingsFile(`redis: { cluster: { nodes: [${hostname}:${port}] } }\n`);
    const { code, out } = await fledgeOn({ env }, ['doctor', '--json']);
    expect(code).toBe(1);
    const { checks } = JSON.parse(out) as { checks: unknown[] };
    expect(checks).toContainEqual(
      expect.objectContaining({ code: 'FLEDGE_STORE_CLUSTER', status: 'error' }) as object,
    );
  });
});
