import { Redis } from 'ioredis';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { AppProcess } from '../../src/demo/app-process.js';
import { freePort } from '../../src/testing/redis/free-port.js';
import { toMilliseconds } from '../../src/jobs/values/duration.js';
import { root } from '../support/pack.js';
import { ownRedis } from '../support/redis-server.js';
import { container, containers, resources, variables, type Container } from './infra-template.js';

/*
 * The template must fit the settings of the library, the reference application and its image. The constructs are
 * tested in infra/, which needs 250 MB of CDK. These tests use only the template.
 */

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Starts a store whose only user has the rights of the template, and returns its URL with that user. */
async function storeOf(password: string): Promise<string> {
  const { url } = await ownRedis(['--maxmemory', '50mb', '--maxmemory-policy', 'noeviction']);
  const [{ UserName, AccessString }] = resources('AWS::ElastiCache::User') as [
    { UserName: string; AccessString: string },
  ];
  const client = new Redis(url);
  await client.call('ACL', 'SETUSER', UserName, 'reset', `>${password}`, ...AccessString.split(' '));
  await client.call('ACL', 'SETUSER', 'default', 'off');
  client.disconnect();
  return url.replace('redis://', `redis://${UserName}@`);
}

/** The command of a container. Values that AWS fills in (Ref, secrets) are replaced by local ones. */
async function run(of: Container): Promise<AppProcess> {
  const password = 'of-the-application';
  const directory = await mkdtemp(join(tmpdir(), 'fledge-infra-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const filledIn = {
    JOBS_URL: await storeOf(password),
    JOBS_PASSWORD: password,
    JOBS_APP: 'Fledge',
    DATABASE_URL: `file:${directory}/app.sqlite`,
    SMTP_URL: 'smtp://127.0.0.1:1',
  };
  const names = [...of.Environment, ...of.Secrets].map(({ Name }) => Name);
  const given = Object.fromEntries(Object.entries(filledIn).filter(([name]) => names.includes(name)));
  const port = `${await freePort()}`;
  const own = of.Name === 'web' ? { PORT: port } : { JOBS_HEALTH_PORT: port };
  const [, file, ...args] = of.Command;
  const process = new AppProcess(
    of.Name === 'web' ? 'web' : 'worker',
    { PATH: globalThis.process.env.PATH, ...variables(of), ...given, ...own },
    [join(root, file!), ...args],
  );
  onTestFinished(async () => void (await process.stop('SIGKILL')));
  return process;
}

describe('infra/template.yaml, run here', () => {
  it('starts a worker that accepts all its settings and writes each metric of the alarms', async () => {
    const worker = await run(container('worker'));
    const line = JSON.parse(await worker.waitFor(/"_aws"/)) as Record<string, unknown> & {
      _aws: {
        CloudWatchMetrics: [{ Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }];
      };
    };
    const [written] = line._aws.CloudWatchMetrics;
    const watched = resources('AWS::CloudWatch::Alarm').filter(({ Namespace }) => Namespace === 'Fledge');
    // The metrics for late jobs, missing consumers and unserved queues, and two for scaling.
    expect(watched).toHaveLength(5);
    for (const { MetricName, Namespace, Dimensions } of watched) {
      expect(written.Metrics.map(({ Name }) => Name)).toContain(MetricName);
      expect(line[String(MetricName)]).toEqual(expect.any(Number));
      expect(Namespace).toBe(written.Namespace);
      expect((Dimensions as { Name: string }[]).map(({ Name }) => Name)).toEqual(written.Dimensions[0]);
    }
    expect(line.App).toBe('Fledge');
    expect(await worker.stop()).toBe(0);
    // No unknown setting, no unsuitable time, and no store that evicts.
    expect(worker.lines.filter((text) => /"level":"(warn|error)"|FLEDGE_/.test(text))).toEqual([]);
  });

  it('starts a web process on the port that the load balancer asks', async () => {
    const web = await run(container('web'));
    const url = /http:\S+:\d+/.exec(await web.waitFor(/listening on/))![0];
    const [{ HealthCheckPath, Port }] = resources('AWS::ElasticLoadBalancingV2::TargetGroup') as [
      { HealthCheckPath: string; Port: number },
    ];
    // The load balancer's Matcher: 200-499.
    expect((await fetch(`${url}${HealthCheckPath}`)).status).toBeLessThan(500);
    expect(`${Port}`).toBe(variables(container('web')).PORT);
    expect(container('web').PortMappings).toEqual([expect.objectContaining({ ContainerPort: Port })]);
  });

  it('has a task that ends after the application has booted', async () => {
    const migration = await run(container('migration'));
    await migration.waitFor(/The worker can start\./);
    // The process has ended by itself, so this signal has no effect.
    expect(await migration.stop('SIGCONT')).toBe(0);
  });
});

describe('infra/template.yaml and the application agree', () => {
  it('on a store that evicts nothing', () => {
    expect(resources('AWS::ElastiCache::ParameterGroup')).toEqual([
      expect.objectContaining({ Properties: { 'maxmemory-policy': 'noeviction' } }),
    ]);
  });

  it('on the user of the store and its rights', () => {
    const [, rights] = /^user app on >password ~\{fledge\}:\* (.*)$/m.exec(read('docs/redis.md'))!;
    const users = resources('AWS::ElastiCache::User') as { AccessString: string }[];
    expect(users.map(({ AccessString }) => AccessString)).toEqual([`on ~{fledge}:* ${rights}`]);
    for (const each of containers) {
      const { Value } = each.Environment.find(({ Name }) => Name === 'JOBS_URL')!;
      expect(JSON.stringify(Value)).toContain('rediss://app@');
    }
  });

  it('on one image, with a command for each role', () => {
    expect(containers.map(({ Name }) => Name)).toEqual(['web', 'worker', 'migration']);
    const images = containers.map((each) => JSON.stringify((each as unknown as { Image: unknown }).Image));
    expect(new Set(images).size).toBe(1);
    expect(container('worker').Command).not.toEqual(container('web').Command);
  });

  it('on the time that a worker has to stop', () => {
    const { StopTimeout } = container('worker');
    const { JOBS_SHUTDOWN_TIMEOUT, JOBS_STOP_TIMEOUT } = variables(container('worker'));
    const { shutdown_timeout } = parse(read('config/jobs.yml')) as { shutdown_timeout: string };
    expect(JOBS_SHUTDOWN_TIMEOUT).toBe(shutdown_timeout);
    expect(StopTimeout! * 1_000).toBeGreaterThanOrEqual(
      toMilliseconds(shutdown_timeout as '25s', 'shutdown_timeout') + 5_000,
    );
    expect(JOBS_STOP_TIMEOUT).toBe(`${StopTimeout}`);
  });

  it('on the secrets that the application reads', () => {
    for (const each of containers) {
      const secrets = each.Secrets.map(({ Name }) => Name);
      expect(secrets).toContain('JOBS_PASSWORD');
      for (const file of ['src/app/database/database.module.ts', 'src/app/app.module.ts'])
        for (const [, name] of read(file).matchAll(/process\.env\.([A-Z_]+_URL)/g))
          expect([...secrets, 'JOBS_URL']).toContain(name);
    }
  });

  it('on the health check of an application that has installed the library', () => {
    const usual = /healthCheckCommand \?\? \['node_modules\/\.bin\/(\w+)', '(\w+)'\]/.exec(
      read('infra/src/worker-service.ts'),
    )!;
    const { bin } = JSON.parse(read('package.json')) as { bin: Record<string, string> };
    expect(Object.keys(bin)).toContain(usual[1]);
    expect(existsSync(join(root, `src/cli/commands/${usual[2]}.ts`))).toBe(true);
  });
});

describe('infra/template.yaml and the image agree', () => {
  const image = read('docker/Dockerfile');

  it('on the health check, which ECS does not take from the image', () => {
    const command = JSON.parse(/^HEALTHCHECK .* CMD (\[.*\])$/m.exec(image)![1]!) as string[];
    for (const role of ['web', 'worker'] as const)
      expect(container(role).HealthCheck).toMatchObject({ Command: ['CMD', ...command], Timeout: 5 });
    expect(existsSync(join(root, command.at(-1)!))).toBe(true);
    expect(image).toMatch(new RegExp(`^COPY ${command.at(-1)} `, 'm'));
    expect(image).toContain(`ENV JOBS_HEALTH_PORT=${variables(container('worker')).JOBS_HEALTH_PORT}`);
  });

  it('on the stage that `-c image=source` builds', () => {
    const [, file] = /dockerfile \?\? '(.*?)'/.exec(read('infra/src/app-image.ts'))!;
    const [, target] = /target \?\? '(.*?)'/.exec(read('infra/src/app-image.ts'))!;
    expect(file).toBe('docker/Dockerfile');
    expect(image).toMatch(new RegExp(` AS ${target}$`, 'm'));
  });
});
