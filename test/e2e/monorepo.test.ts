import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, it, onTestFinished } from 'vitest';
import type { AppProcess } from '../../src/demo/app-process.js';
import { privateUrl } from '../support/jobs-app.js';
import { workerProcess } from '../support/worker-process.js';

const fixture = fileURLToPath(new URL('../fixtures/monorepo-process.mjs', import.meta.url));

/** Writes the package.json files, by folder, and an entry point for each application. */
async function monorepo(packages: Record<string, string>, apps: readonly string[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'fledge-monorepo-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const files = {
    ...Object.fromEntries(
      apps.map((app) => [`apps/${app}/dist/main.mjs`, `import ${JSON.stringify(fixture)};`]),
    ),
    ...Object.fromEntries(
      Object.entries(packages).map(([folder, name]) => [
        join(folder, 'package.json'),
        JSON.stringify({ name }),
      ]),
    ),
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, dirname(path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

const one = { '.': 'acme' };
const scoped = { '.': 'acme', 'apps/api': '@acme/api', 'apps/worker': '@acme/worker' };
const unscoped = { '.': 'acme', 'apps/api': 'api', 'apps/worker': 'worker' };
const separate = { 'apps/api': 'shop', 'apps/worker': 'blog' };
const separateScopes = { 'apps/api': '@shop/api', 'apps/worker': '@blog/worker' };

interface Apps {
  readonly packages: Record<string, string>;
  readonly api: NodeJS.ProcessEnv;
  readonly worker: NodeJS.ProcessEnv;
}

/** Starts a worker of `apps/worker` and a process of `apps/api` that has looked at it. */
async function start({ packages, api, worker }: Apps): Promise<AppProcess> {
  const root = await monorepo(packages, ['api', 'worker']);
  const url = privateUrl(inject('redisUrl'));
  const entry = (app: string): string => join(root, `apps/${app}/dist/main.mjs`);
  const running = workerProcess({ url, entry: entry('worker'), env: { ROLE: 'worker', ...worker } });
  await running.waitFor(/looked at 1/);
  const looking = workerProcess({ url, entry: entry('api'), env: { ROLE: 'web', ...api } });
  await looking.waitFor(api.ROLE === 'worker' ? /looked at 2/ : /looked at 1/);
  return looking;
}

const warnings = ({ lines }: AppProcess): string[] =>
  lines.filter((line) => line.includes('FLEDGE_PREFIX_SHARED'));
const jobs = (names: string): NodeJS.ProcessEnv => ({ JOB_NAMES: names });

it.each<[string, Apps]>([
  ['one package.json', { packages: one, api: jobs('Import,Report'), worker: jobs('Import,Report,Clean') }],
  ['a package.json for each', { packages: scoped, api: jobs('Import'), worker: jobs('Import,Clean') }],
  ['packages without a scope', { packages: unscoped, api: jobs('Import'), worker: jobs('Import,Clean') }],
  [
    'packages with unrelated names, and several jobs in common',
    { packages: separate, api: jobs('Import,Report,Clean'), worker: jobs('Import,Report,Clean') },
  ],
  [
    'the same app in both',
    { packages: separate, api: { ...jobs('A'), APP: 'shop' }, worker: { ...jobs('B'), APP: 'shop' } },
  ],
  ['app in one of them', { packages: one, api: { ...jobs('A'), APP: 'acme' }, worker: jobs('A') }],
  [
    'two workers with queues of their own',
    {
      packages: one,
      api: { ...jobs('A'), ROLE: 'worker', QUEUES: 'mails' },
      worker: { ...jobs('B'), QUEUES: 'imports' },
    },
  ],
])('apps/api and apps/worker of one application do not warn: %s', async (_, apps) => {
  expect(warnings(await start(apps))).toEqual([]);
});

it.each<[string, Apps, string]>([
  ['one package.json', { packages: one, api: jobs('Order'), worker: jobs('Post') }, 'acme/api'],
  ['their own package.json', { packages: separate, api: jobs('Clean'), worker: jobs('Clean') }, 'shop'],
  [
    'their own scopes',
    { packages: separateScopes, api: jobs('Clean,A'), worker: jobs('Clean,B') },
    '@shop/api',
  ],
  [
    'the same jobs, and different apps',
    {
      packages: one,
      api: { ...jobs('A,B,C'), APP: 'shop' },
      worker: { ...jobs('A,B,C'), APP: 'blog' },
    },
    'shop',
  ],
])('two applications with one prefix warn: %s', async (_, apps, own) => {
  const [warning, ...more] = warnings(await start(apps));
  expect(warning).toContain(`The applications ${own} (this process) and `);
  expect(more).toEqual([]);
});

it('two applications in one file, started with different settings, warn at once', async () => {
  const root = await monorepo(one, ['worker']);
  const url = privateUrl(inject('redisUrl'));
  const start = (names: string): AppProcess =>
    workerProcess({
      url,
      entry: join(root, 'apps/worker/dist/main.mjs'),
      env: { ROLE: 'worker', ...jobs(names) },
    });
  for (const worker of [start('Clean,Welcome'), start('Clean,Welcome,Invoice')])
    await worker.waitFor(
      /Two workers of the queues default run the same build, .* does not know Invoice\. .*prefix/,
    );
});
