import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { root } from '../support/pack.js';
import { add, application } from './application.js';

interface Compose {
  services: Record<string, Record<string, unknown>>;
  volumes?: Record<string, unknown>;
}

async function compose(text: string, name = 'docker-compose.yml', more = {}) {
  const files = { Dockerfile: 'FROM node:24\n', [name]: text, ...more };
  const { tree, log } = await add(application({ files }));
  const after = tree.readText(`/${name}`);
  expect(parseDocument(after).errors).toEqual([]);
  const again = await add(tree);
  expect(again.tree.readText(`/${name}`)).toBe(after);
  return { after, log, value: parse(after, { merge: true }) as Compose };
}

/** Returns the lines of `text` that `within` lacks, in order. */
function lost(text: string, within: string): string[] {
  const lines = within.split('\n');
  let from = 0;
  return text.split('\n').filter((line) => {
    const at = lines.indexOf(line, from);
    if (at >= 0) from = at + 1;
    return at < 0;
  });
}

describe('the image', () => {
  it.each([
    ['package-lock.json', '', 'npm ci --no-audit --no-fund', '"npm", "test"'],
    ['pnpm-lock.yaml', 'RUN corepack enable', 'pnpm install --frozen-lockfile', '"pnpm", "test"'],
    ['yarn.lock', '', 'yarn install --frozen-lockfile', '"yarn", "test"'],
  ])('is built as %s asks', async (lock, setup, install, test) => {
    const { tree } = await add(application({ lock }));
    const dockerfile = tree.readText('/docker/Dockerfile');
    expect(dockerfile).toContain(setup);
    expect(dockerfile).toContain(` ${install}\n`);
    expect(dockerfile).toContain(`CMD [${test}]`);
    expect(dockerfile).toContain('CMD ["node", "dist/main.js"]');
    expect(dockerfile).not.toContain('<%');
  });

  it('contains the mail templates, if there are some', async () => {
    const dockerfile = async (files: Record<string, string>, options = {}): Promise<string> =>
      (await add(application({ files }), options)).tree.readText('/docker/Dockerfile');
    const template = { 'mails/user-mailer/welcome.html.liquid': 'x' };
    for (const text of [await dockerfile(template, { skipSample: true }), await dockerfile({})])
      expect(text).toContain('COPY config config\nCOPY mails mails\nCOPY docker/');
    expect(await dockerfile({}, { skipSample: true })).not.toContain('mails mails');
  });

  it('is the application’s own image if it has a Dockerfile, in compose and CI too', async () => {
    const files = { 'Dockerfile.prod': 'FROM node:24\n' };
    const { tree, log } = await add(application({ files }), { codebuild: true });
    expect(tree.exists('/docker/Dockerfile')).toBe(false);
    expect(log).toContain(
      'Dockerfile.prod was not changed. To start a worker, run the same image with the command: node dist/main-worker.js',
    );
    const text = tree.readText('/docker-compose.yml');
    const { services } = parse(text) as Compose;
    expect(Object.keys(services)).toEqual(['redis', 'mail', 'web', 'worker']);
    expect(services.worker).toMatchObject({ build: { context: '.', dockerfile: 'Dockerfile.prod' } });
    expect(text).not.toContain('docker compose run');
    expect(tree.readText('/buildspec.yml')).toContain('--file Dockerfile.prod --build-arg');
  });

  it('runs the worker next to the main.js that the command of its own Dockerfile names', async () => {
    const files = { Dockerfile: 'FROM node:24\nCMD ["node", "--enable-source-maps", "build/app/main.js"]\n' };
    const { tree } = await add(application({ files }));
    const { services } = parse(tree.readText('/docker-compose.yml')) as Compose;
    expect(services.worker).toMatchObject({ command: ['node', 'build/app/main-worker.js'] });
  });

  it('has settings that fit together', async () => {
    const { tree } = await add(application(), { codebuild: true });
    const { services } = parse(tree.readText('/docker-compose.yml')) as Compose;
    expect(services.worker).toMatchObject({
      command: ['node', 'dist/main-worker.js'],
      environment: { JOBS_URL: 'redis://redis:6379/0', JOBS_STOP_TIMEOUT: 30 },
      stop_grace_period: '30s',
    });
    expect(services.web).toMatchObject({
      environment: { LOCAL_PEERS: '172.16.0.0/12,192.168.65.0/24' },
      ports: ['127.0.0.1:${WEB_PORT:-3000}:3000'],
    });
    expect(services.redis!.command).toEqual(['redis-server', '/usr/local/etc/redis/redis.conf']);
    expect(tree.readText('/docker/redis/redis.conf')).toContain('maxmemory-policy noeviction');
    const buildspec = parse(tree.readText('/buildspec.yml')) as { phases: object };
    expect(Object.keys(buildspec.phases)).toEqual(['install', 'pre_build', 'build', 'post_build']);
  });

  // Keeps the generated files equal to those of this repository.
  it.each(['docker/redis/redis.conf', 'docker/healthcheck.mjs'])(
    'has the same %s as this repository',
    async (path) => {
      const { tree } = await add(application());
      const own = readFileSync(join(root, path), 'utf8');
      const code = (text: string): string[] =>
        text.split('\n').filter((line) => line && !/^ *(#|\/\/)/.test(line));
      const given = code(tree.readText(`/${path}`).replace('../node_modules/nestjs-fledge/dist', '../dist'));
      expect(given).toEqual(code(own));
    },
  );
});

describe('--ecs', () => {
  it('writes the template with the application’s commands and health check', async () => {
    const { tree, log } = await add(application(), { ecs: true });
    const commands = [
      ...tree.readText('/infra/template.yaml').matchAll(/- (\S*main(?:-worker)?\.js)$/gm),
    ].map(([, file]) => file);
    const [, worker] = /node (\S+main-worker\.js)/.exec(tree.readText('/docker/Dockerfile'))!;
    expect(new Set(commands)).toEqual(new Set([worker, worker!.replace('-worker', '')]));
    expect(tree.exists('/docker/healthcheck.mjs')).toBe(true);
    expect(log).toContain('Nothing was deployed.');
    const again = await add(tree, { ecs: true });
    expect(again.log).toContain('Nothing was changed.');
  });

  it('is off by default, and brings buildspec.yml, which --codebuild writes alone', async () => {
    const written = async (options: object): Promise<boolean[]> => {
      const { tree } = await add(application(), options);
      return ['/infra/template.yaml', '/buildspec.yml'].map((path) => tree.exists(path));
    };
    expect(await written({})).toEqual([false, false]);
    expect(await written({ codebuild: true })).toEqual([false, true]);
    expect(await written({ ecs: true })).toEqual([true, true]);
    await expect(add(application(), { codebuild: true, skipDocker: true })).rejects.toThrow(
      '--codebuild needs the files for Docker.',
    );
  });
});

describe('an existing compose file', () => {
  const own = `# Ours
version: '3.8'   # old

services:
  app: # the web process
    build: .
    command: ["npm", "run", "start:prod"]
    ports: [ "3000:3000" ]
    environment:
      - DB_HOST=db   # below
    depends_on:
      - db

  # The database.
  db:
    image: postgres:17
    healthcheck: { test: ["CMD-SHELL", "[ -f /ready ]"] }
`;

  it('gets redis and a worker like its web service, and keeps every line and comment', async () => {
    const { after, log, value } = await compose(own);
    expect(lost(own, after)).toEqual([]);
    expect(value.services.worker).toEqual({
      build: '.',
      command: ['node', 'dist/main-worker.js'],
      environment: ['DB_HOST=db', 'JOBS_URL=redis://redis:6379/0', 'JOBS_STOP_TIMEOUT=30'],
      stop_grace_period: '30s',
      depends_on: ['db', 'redis'],
    });
    expect(value.services.app).toMatchObject({
      environment: ['DB_HOST=db', 'JOBS_URL=redis://redis:6379/0'],
      depends_on: ['db', 'redis'],
      ports: ['3000:3000'],
    });
    expect(value.volumes).toEqual({ 'redis-data': null });
    expect(log).toContain('The service app got JOBS_URL');
    // Its port is open to the whole network, whose requests would come through the gateway too.
    expect(log).toContain('/mails answers 403 in its container');
  });

  it.each([
    ['ports: ["127.0.0.1:3000:3000"]', true],
    ['ports: [{ target: 3000, published: 3000, host_ip: 127.0.0.1 }]', true],
    ['ports: ["127.0.0.1:3000:3000", "9229:9229"]', false],
    ['ports: [{ target: 3000, published: 3000 }]', false],
    ['ports: [3000]', false],
    ['expose: [3000]', false],
  ])('opens the mail pages to the gateway for %s: %s', async (ports, isOpen) => {
    const { log, value } = await compose(`services:\n  web:\n    build: .\n    ${ports}\n`);
    const environment = { JOBS_URL: 'redis://redis:6379/0' };
    const peers = { LOCAL_PEERS: '172.16.0.0/12,192.168.65.0/24' };
    expect(value.services.web!.environment).toEqual(isOpen ? { ...environment, ...peers } : environment);
    expect(value.services.worker!.environment).not.toHaveProperty('LOCAL_PEERS');
    expect(log.includes('/mails answers 403')).toBe(!isOpen);
  });

  it('keeps its line ends', async () => {
    const { after } = await compose(own.replaceAll('\n', '\r\n'), 'compose.yaml');
    expect(after.replaceAll('\r\n', '')).not.toContain('\n');
    expect(after).not.toContain('\r\r');
  });

  it('keeps the settings that its services share', async () => {
    const shared = `x-env: &env\n  A: 1\nservices:\n  api:\n    build: &build\n      context: .\n    environment: *env\n  job:\n    build: *build\n    environment: *env\n`;
    const { after, value } = await compose(shared);
    expect(lost('x-env: &env\n  A: 1\n  job:\n    build: *build\n', after)).toEqual([]);
    expect(value.services.api!.environment).toEqual({ A: 1, JOBS_URL: 'redis://redis:6379/0' });
    expect(value.services.job!.environment).toEqual({ A: 1 });
    expect(value.services.worker!.environment).toMatchObject({ A: 1, JOBS_URL: 'redis://redis:6379/0' });
  });

  it('keeps its own redis', async () => {
    const { after, log, value } = await compose('services:\n  redis:\n    image: redis:6\n');
    expect(value.services.redis).toEqual({ image: 'redis:6' });
    expect(value.services.worker).toMatchObject({ build: '.', depends_on: ['redis'] });
    expect(after).not.toContain('*build-args');
    expect(log).toContain('The service redis was not changed.');
  });

  it('mounts the sources if the web service does', async () => {
    const text = `services:\n  web:\n    build: .\n    command: npm run start:dev\n    volumes: ['.:/app']\n`;
    const { value } = await compose(text);
    expect(value.services.worker).toMatchObject({
      command: ['npm', 'run', 'start:worker:dev'],
      volumes: ['.:/app'],
    });
  });

  it('stays as it is if it has no services', async () => {
    const { after, log } = await compose('- a list\n');
    expect(after).toBe('- a list\n');
    expect(log).toContain('docker-compose.yml was not changed: it has no mapping "services"');
  });
});
