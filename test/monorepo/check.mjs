// npm run check:monorepo: builds the workspace of docs/monorepos.md with npm, and runs its three applications on a real Redis.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freePort } from '../../dist/testing/redis/free-port.js';
import { check, root, run, start, until } from '../nest-add/commands.mjs';
import { checkEach } from '../nest-add/frame.mjs';

const page = readFileSync(join(root, 'docs/monorepos.md'), 'utf8');
const files = new Map(
  [...page.matchAll(/^<!-- (\S+) -->\n\n```\w+\n(.*?)^```/gms)].map(([, path, text]) => [path, text]),
);
const [, tsconfig] = /Each package has this tsconfig.json:\n\n```json\n(.*?)^```/ms.exec(page);

/** The packages that the page does not show have the dependencies of apps/web. */
function writeWorkspace(home, tarball) {
  const web = JSON.parse(files.get('apps/web/package.json'));
  web.dependencies['nestjs-fledge'] = `file:${tarball}`;
  const all = new Map([
    ...files,
    ...['web', 'worker', 'script'].map((name) => [
      `apps/${name}/package.json`,
      JSON.stringify({ ...web, name: `@acme/${name}` }),
    ]),
    ...['packages/jobs', 'apps/web', 'apps/worker', 'apps/script'].map((name) => [
      `${name}/tsconfig.json`,
      tsconfig,
    ]),
  ]);
  for (const [path, text] of all) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
}

await checkEach({
  title: 'monorepo',
  applications: { npm: {} },
  check: async ({ name, folder, tarball, servers }) => {
    const home = join(folder, name);
    writeWorkspace(home, tarball);
    await run(home, 'npm', ['install', '--no-audit', '--no-fund', '--prefer-offline']);
    const copies = await run(home, 'npm', ['ls', 'nestjs-fledge', '@nestjs/core', '--all', '--parseable']);
    const paths = new Set(
      copies.split('\n').filter((line) => /node_modules\/(nestjs-fledge|@nestjs\/core)$/.test(line)),
    );
    check(paths.size === 2, 'one copy of nestjs-fledge and of @nestjs/core', copies);
    await run(home, 'npm', ['run', 'build']);

    const PORT = String(await freePort());
    const env = { JOBS_URL: servers.jobs, PORT };
    const worker = start(join(home, 'apps/worker'), ['dist/main.js'], env);
    const web = start(join(home, 'apps/web'), ['dist/main.js'], env);
    try {
      await until('the worker is up', () => worker.log.includes('processor default'), worker);
      await until('the web process listens', () => web.log.includes('successfully started'), web);
      await fetch(`http://127.0.0.1:${PORT}/greetings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'Ada' }),
      });
      await until('the job of the web process', () => worker.log.includes('Hello Ada'), worker);
      check(!web.log.includes('Hello Ada'), 'the web process enqueues, and the worker performs');
      await run(join(home, 'apps/script'), process.execPath, ['dist/main.js'], env);
      await until('the job of the script', () => worker.log.includes('Hello Grace'), worker);
      check(true, 'the script enqueues by the client');
      const compiled = readFileSync(join(home, 'apps/script/dist/main.js'), 'utf8');
      check(!compiled.includes('@acme/jobs'), 'the script imports no code of the shared package', compiled);
      check(
        !/FLEDGE_PREFIX_SHARED|FLEDGE_FLEET_MIXED/.test(worker.log),
        'both are one application',
        worker.log,
      );
    } finally {
      for (const { child } of [web, worker]) child.kill('SIGKILL');
    }
  },
});
