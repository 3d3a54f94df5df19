import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { AppProcess } from '../../src/demo/app-process.js';
import { freePort } from '../../src/testing/redis/free-port.js';
import { root } from '../support/pack.js';
import { ownRedis } from '../support/redis-server.js';
import { milliseconds, text, yaml } from './files.js';

/** The files that docs/platforms.md shows. */
const page = text('docs/platforms.md');

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly name: string;
  readonly command?: string[];
  readonly args?: string[];
  readonly env?: { readonly name: string; readonly value: string }[];
  readonly ports: { readonly name: string; readonly containerPort: number }[];
  readonly securityContext?: object;
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template?: {
      readonly spec: {
        readonly terminationGracePeriodSeconds?: number;
        readonly securityContext?: object;
        readonly containers: Container[];
      };
    };
  };
}

function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, block]) => block!,
  );
}

const manifests: Manifest[] = blocks('yaml')
  .filter((block) => block.includes('apiVersion'))
  .flatMap((block) => parseAllDocuments(block).map((one) => one.toJS() as Manifest));
const pod = (name: string) =>
  manifests.find((one) => one.metadata.name === name && one.spec.template)!.spec.template!.spec;
const worker = pod('worker').containers[0]!;
const variables = Object.fromEntries(worker.env!.map(({ name, value }) => [name, value]));
const [fly] = blocks('toml') as [string];
const render = parse(blocks('yaml').find((block) => block.includes('# render.yaml'))!) as {
  services: Record<string, unknown>[];
};

/** The time between the worker's last second and the platform's, in milliseconds. `JOBS_STOP_TIMEOUT` states the platform's. */
const { shutdown_timeout: stop } = yaml(text('config/jobs.yml')) as { shutdown_timeout: string };
const spare = 5_000;

describe('the manifests for Kubernetes', () => {
  it('allow the worker enough time to stop, and pass this time on', () => {
    const seconds = pod('worker').terminationGracePeriodSeconds!;
    expect(seconds * 1_000).toBeGreaterThanOrEqual(milliseconds(stop) + spare);
    expect(variables.JOBS_STOP_TIMEOUT).toBe(String(seconds));
  });

  it('restart a worker for its event loop and not for its store, without root', () => {
    expect(worker.livenessProbe!.httpGet.path).toBe('/livez');
    expect(pod('worker').securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
    expect(worker.securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('start a worker that accepts all its settings and answers the probes', async () => {
    const { url } = await ownRedis(['--maxmemory-policy', 'noeviction']);
    const directory = await mkdtemp(join(tmpdir(), 'fledge-platforms-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const port = await freePort();
    const [, file, ...args] = worker.command!;
    const own = {
      JOBS_URL: url,
      SMTP_URL: 'smtp://127.0.0.1:1',
      DATABASE_URL: `file:${directory}/app.sqlite`,
      JOBS_HEALTH_PORT: variables.JOBS_HEALTH_PORT!.replace(/\d+$/, String(port)),
    };
    const process = new AppProcess('worker', { PATH: globalThis.process.env.PATH, ...variables, ...own }, [
      join(root, file!),
      ...args,
    ]);
    onTestFinished(async () => void (await process.stop('SIGKILL')));
    await process.waitFor(/health/);
    for (const { httpGet } of [worker.startupProbe!, worker.livenessProbe!, worker.readinessProbe!]) {
      expect(worker.ports.map(({ name }) => name)).toContain(httpGet.port);
      await expect.poll(async () => status(`http://127.0.0.1:${port}${httpGet.path}`)).toBe(200);
    }
    expect(variables.JOBS_HEALTH_PORT).toBe(`0.0.0.0:${worker.ports[0]!.containerPort}`);
    expect(await process.stop()).toBe(0);
    expect(process.lines.join('\n')).not.toContain('FLEDGE_STOP_TIMEOUT');
  });

  it('start a Redis that evicts nothing and keeps an append-only file', async () => {
    const args = pod('redis').containers[0]!.args!.filter((arg) => arg !== '--dir' && arg !== '/data');
    const { url } = await ownRedis(args);
    const { Redis } = await import('ioredis');
    const client = new Redis(url);
    onTestFinished(() => client.disconnect());
    const info = await client.info();
    expect(info).toContain('maxmemory_policy:noeviction');
    expect(info).toContain('aof_enabled:1');
  });
});

/** Undefined while nothing listens. */
async function status(url: string): Promise<number | undefined> {
  return fetch(url).then(
    (response) => response.status,
    () => undefined,
  );
}

describe('the files for Fly.io and Render', () => {
  it('allow the worker enough time to stop, and pass this time on', () => {
    const [, killTimeout] = /^kill_timeout = '(\d+)s'/m.exec(fly)!;
    expect(fly).toContain(`JOBS_STOP_TIMEOUT = '${killTimeout}'`);
    const onRender = render.services.find(({ type }) => type === 'worker')!;
    const stated = (onRender.envVars as { key: string; value?: string }[]).find(
      ({ key }) => key === 'JOBS_STOP_TIMEOUT',
    );
    expect(stated!.value).toBe(String(onRender.maxShutdownDelaySeconds));
    for (const seconds of [killTimeout, stated!.value])
      expect(Number(seconds) * 1_000).toBeGreaterThanOrEqual(milliseconds(stop) + spare);
  });

  it('check the health of the worker by /livez, and evict nothing', () => {
    expect(fly).toContain("path = '/livez'");
    expect(render.services.find(({ type }) => type === 'keyvalue')).toMatchObject({
      maxmemoryPolicy: 'noeviction',
    });
  });
});
