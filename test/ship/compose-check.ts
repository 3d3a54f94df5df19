import { Ajv } from 'ajv';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from '../support/pack.js';
import { milliseconds, stages, yaml } from './files.js';

interface Service {
  readonly image?: string;
  readonly build?: { readonly dockerfile?: string; readonly target?: string; readonly context?: string };
  readonly command?: readonly string[];
  readonly container_name?: string;
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: Readonly<Record<string, unknown>>;
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly stop_grace_period?: string;
  readonly deploy?: { readonly replicas?: unknown };
  readonly [key: string]: unknown;
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
  readonly networks?: Readonly<Record<string, unknown>>;
}

/** Parses the file like compose, with an empty environment: `${NAME:-default}`. */
export function readCompose(source: string): Compose {
  return yaml(source.replace(/\$\{\w+:-([^}]*)\}/g, '$1')) as Compose;
}

/** Returns all problems: those of the Compose specification's schema, then those that a schema cannot express. */
export function mistakes(compose: Compose): string[] {
  const services = Object.entries(compose.services ?? {});
  return [
    ...schemaMistakes(compose),
    ...services.flatMap(([name, service]) => serviceMistakes(name, service, compose)),
    ...services.filter(([name]) => waitsForItself(name, compose)).map(([name]) => `${name} waits for itself`),
  ];
}

const validate = compile();

function compile(): ReturnType<Ajv['compile']> {
  // dclint contains the current schema but does not export it.
  const require = createRequire(import.meta.url);
  const folder = join(dirname(require.resolve('dclint')), '..');
  const home = [folder, dirname(folder)].find((path) => existsSync(join(path, 'schemas')))!;
  const { $schema: _, ...schema } = require(join(home, 'schemas/compose.schema.json')) as object & {
    $schema: string;
  };
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addFormat('duration', (value) => /^(\d+(\.\d+)?(us|ms|s|m|h))+$/.test(value));
  for (const format of ['ports', 'expose', 'subnet_ip_address', 'uri']) ajv.addFormat(format, true);
  return ajv.compile(schema);
}

function schemaMistakes(compose: Compose): string[] {
  const isValid = validate(compose);
  return (isValid === true ? [] : validate.errors!).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

function serviceMistakes(name: string, service: Service, compose: Compose): string[] {
  const found: string[] = [];
  const expect = (ok: unknown, mistake: string): void => void (ok || found.push(`${name} ${mistake}`));
  expect(service.image ?? service.build, 'has neither image nor build');
  if (service.image && !service.build)
    expect(/:v?\d+(\.\d+)+[^:/]*$/.test(service.image), `is not pinned: ${service.image}`);
  if (service.build) {
    const { context = '.', dockerfile = 'Dockerfile', target } = service.build;
    expect(existsSync(join(root, context, dockerfile)), `is built from ${dockerfile}, which is not there`);
    expect(target && stages().includes(target), `names no stage of the Dockerfile: ${target}`);
  }
  for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
    const server = compose.services[other];
    expect(server, `depends on ${other}, which is not there`);
    if (condition === 'service_healthy')
      expect(server?.healthcheck, `waits for ${other} to be healthy, which has no healthcheck`);
  }
  for (const volume of service.volumes ?? []) {
    const [source] = volume.split(':') as [string];
    if (!source.startsWith('.')) expect(source in (compose.volumes ?? {}), `has no such volume: ${source}`);
    else if (!source.endsWith('/reports')) expect(existsSync(join(root, source)), `mounts ${source}, a hole`);
  }
  for (const network of service.networks ?? [])
    expect(network in (compose.networks ?? {}), `has no such network: ${network}`);
  for (const port of service.ports ?? []) {
    const numbers = String(port)
      .replace(/^[\d.]+\.\d+:/, '')
      .split(':')
      .map(Number);
    expect(
      numbers.every((number) => number > 0 && number < 65_536),
      `has an impossible port: ${port}`,
    );
    expect(String(port).startsWith('127.0.0.1:'), `is open to the whole network: ${port}`);
  }
  const { stop_grace_period, healthcheck: { interval, timeout, start_period, retries = 1 } = {} } = service;
  for (const duration of [stop_grace_period, interval, timeout, start_period])
    expect(duration === undefined || isDuration(duration), `cannot wait for ${String(duration)}`);
  expect(Number.isInteger(retries), `cannot try ${String(retries)} times`);
  const replicas = service.deploy?.replicas;
  expect(replicas === undefined || Number.isInteger(replicas), `cannot have ${String(replicas)} replicas`);
  return found;
}

function isDuration(value: unknown): boolean {
  try {
    return milliseconds(String(value)) > 0;
  } catch {
    return false;
  }
}

function waitsForItself(name: string, { services }: Compose): boolean {
  const seen = new Set<string>();
  const follow = (next: string): boolean =>
    Object.keys(services[next]?.depends_on ?? {}).some((other) => {
      if (other === name) return true;
      if (seen.has(other)) return false;
      seen.add(other);
      return follow(other);
    });
  return follow(name);
}

/** The further rules of this repository. */
export function brokenPromises(compose: Compose, shutdownTimeout: string): string[] {
  const { redis, web, worker, test } = compose.services;
  const found: string[] = [];
  const expect = (ok: unknown, promise: string): void => void (ok || found.push(promise));
  const conf = redis?.volumes?.find((volume) => volume.startsWith('./docker/redis/redis.conf:'))?.split(':');
  expect(conf && redis?.command?.includes(conf[1]!), 'redis reads the redis.conf that is mounted');
  expect(
    redis?.volumes?.some((volume) => volume.endsWith(':/data')),
    'jobs outlive the redis container',
  );
  const somaxconn = (redis?.sysctls as Record<string, number> | undefined)?.['net.core.somaxconn'];
  expect((somaxconn ?? 0) >= 511, 'the kernel gives the backlog that Redis asks for');
  // The web service: its address, and who may see its pages.
  const { PORT: _, LOCAL_PEERS: peers, ...settings } = web?.environment ?? {};
  const own = worker?.environment ?? {};
  for (const name of Object.keys(settings))
    expect(own[name] === settings[name], `the worker has web's ${name}`);
  for (const name of ['JOBS_URL', 'DATABASE_URL', 'SMTP_URL', 'NODE_ENV'])
    expect(settings[name], `web has ${name}`);
  expect(
    String(peers ?? '')
      .split(',')
      .every((peer) => /^(172\.16\.0\.0\/12|192\.168\.65\.0\/24)$/.test(peer)),
    "web shows its pages to Docker's gateways, and to no other network",
  );
  expect(worker?.build?.target === web?.build?.target, 'web and worker are the same stage');
  expect(worker?.command?.join(' ') === 'node dist/main-worker.js', 'the worker is started by node itself');
  expect(
    !worker?.container_name && !worker?.ports,
    'worker can be scaled: one name or port is for one container',
  );
  for (const role of [web, worker, test])
    for (const server of ['redis', 'db'])
      expect(
        role?.depends_on?.[server]?.condition === 'service_healthy',
        `everything waits for a healthy ${server}`,
      );
  const grace = worker?.stop_grace_period ?? '10s';
  expect(milliseconds(grace) >= milliseconds(shutdownTimeout) + 5_000, 'a stop fits the grace');
  expect(Number(own.JOBS_STOP_TIMEOUT) * 1_000 === milliseconds(grace), 'the worker knows its grace');
  expect(test?.build?.target === 'test' && test.user === 'root', 'test is the stage test, as root');
  expect(
    test?.environment?.TEST_REDIS_URL && test.environment.TEST_DATABASE_URL,
    'the suite gets both servers',
  );
  expect(test?.environment?.JOBS_URL && test.environment.DATABASE_URL, 'its container gets both servers');
  return found;
}
