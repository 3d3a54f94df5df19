import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { differing, snapshot } from './snapshot.mjs';
import { check, run, say, start, until } from './commands.mjs';
import { packageManager } from './managers.mjs';
import { freePort } from './starting-points.mjs';

/** Without Nx's background process, which would outlive the check. */
const nxSettings = { NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false', NX_TUI: 'false' };

/** Adds Fledge to an application in a workspace, builds it, and runs web and worker as its files say. */
export async function checkWorkspace({ point, home, folder, tarball, servers }) {
  const manager = await packageManager(point.manager ?? 'npm', folder);
  const app = join(home, point.folder ?? '.');
  if (!existsSync(join(home, 'package.json'))) await point.make(home, manager);
  for (const script of point.tests) await manager.script(app, script, { PORT: '0' });
  say(`made; before: ${point.tests.join(', ') || 'no tests'} pass`);
  await manager.add(app, ...rootFlag(point, manager), tarball);

  await checkAdding(point, home, app, manager);
  const build = () =>
    point.build ? manager.exec(app, point.build, nxSettings) : manager.script(app, 'build');
  await build();
  check(true, point.build ? point.build.join(' ') : 'the script build');
  for (const script of point.tests) {
    await manager.script(app, script, { PORT: '0' });
    check(true, `the script ${script}`);
  }
  const commands = commandsOf(point, home, app);
  await checkRunning(app, commands, { JOBS_URL: servers.jobs, SMTP_URL: servers.smtp }, servers.mails);
  await checkImage(home, commands, manager);
}

/** pnpm adds a package to the root of a workspace only with this option. */
const rootFlag = ({ folder }, { name }) => (name === 'pnpm' && folder === '.' ? ['-w'] : []);

async function checkAdding(point, home, app, manager) {
  const project = point.project ? [`--project=${point.project}`] : [];
  const words = point.nx ? ['nx', 'g', 'nestjs-fledge:init', '--no-interactive'] : ['fledge', 'init'];
  const add = (...options) => manager.exec(app, [...words, ...project, ...options], nxSettings);
  const before = snapshot(home);
  const shown = await add('--dry-run');
  check(
    /CREATE \S*src\/main-worker\.ts/.test(shown) && differing(before, snapshot(home)).length === 0,
    `${words.slice(0, 3).join(' ')} --dry-run shows and changes nothing`,
  );
  check(!/Fledge is in/.test(shown), '--dry-run does not say that it is done');
  const printed = await add();
  const added = snapshot(home);
  const changed = differing(before, added);
  say(`wrote ${changed.filter((path) => !before.has(path)).join(' ')}`);
  say(`changed ${changed.filter((path) => before.has(path)).join(' ')}`);
  console.log(
    printed
      .split('\n')
      .filter((line) => line.trim() && !/^(CREATE|UPDATE) /.test(line))
      .map((line) => `         | ${line}`)
      .join('\n'),
  );
  check(!changed.some((path) => path.includes('buildspec')), 'no buildspec.yml, which nobody asked for');
  await add();
  const again = differing(added, snapshot(home));
  check(again.length === 0, `running it again changes nothing ${again.join(' ')}`);
}

/** Returns the files that the scripts, the Dockerfile and compose start. All must name the same files. */
function commandsOf(point, home, app) {
  const dockerfile = readFileSync(join(home, 'docker/Dockerfile'), 'utf8');
  const web = JSON.parse(/^CMD (\[.*\])$/gm.exec(dockerfile.slice(dockerfile.lastIndexOf('\nCMD')))[1])[1];
  const { services } = parse(readFileSync(join(home, 'docker-compose.yml'), 'utf8'));
  const worker = services.worker.command[1];
  check(!/<%=/.test(dockerfile), `the image runs ${web}, and compose runs ${worker}`);
  if (!point.nx) {
    const { scripts } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8'));
    check(scripts[point.worker ?? 'start:worker:prod'] === `node ${worker}`, `the script runs ${worker} too`);
  }
  for (const file of [web, worker]) check(existsSync(join(app, file)), `the build wrote ${file}`);
  const runs = dockerfile.split('\n').filter((line) => line.startsWith('RUN '));
  const install = point.install ?? ['', ''];
  return {
    web,
    worker,
    runs: runs.map((line) => line.replace(/^RUN (?:--mount=\S+ )?/, '').replace(...install)),
  };
}

const sender = `
import { createJobsClient, job, mailer } from 'nestjs-fledge/client';
const jobs = createJobsClient({ jobs: { GreetJob: job() }, mailers: { UserMailer: mailer() } });
console.log((await jobs.enqueue('GreetJob', { name: 'Ada' })).status);
await jobs.mail('UserMailer').welcome({ name: 'Ada', email: 'ada@example.test' }).deliverLater();
await jobs.close();
`;

async function checkRunning(app, { web: main, worker: mainWorker }, env, mails) {
  const settings = { ...env, PORT: String(await freePort()) };
  const web = start(app, [main], settings);
  const worker = start(app, [mainWorker], settings);
  try {
    await until('the web process is up', () => web.log.includes('successfully started'), web);
    await until('the worker is up', () => worker.log.includes('processor default ×10'), worker);
    const from = mails.mails.length;
    writeFileSync(join(app, 'send.tmp.mjs'), sender);
    const sent = await run(app, process.execPath, ['send.tmp.mjs'], settings);
    rmSync(join(app, 'send.tmp.mjs'));
    check(sent.includes('enqueued'), 'the sample job was enqueued');
    await until('the sample job ran', () => worker.log.includes('Hello Ada, attempt 1'), worker);
    await until('the mail arrived', () => mails.mails.length > from, worker);
    check(!web.log.includes('Hello Ada'), 'job and mail ran in the worker, not in the web process');
    worker.child.kill('SIGTERM');
    await until('the worker ended', () => worker.code !== undefined, { log: worker.log });
    check(worker.code === 0, 'the worker stops with 0');
  } finally {
    web.child.kill('SIGKILL');
    worker.child.kill('SIGKILL');
  }
}

/** Runs the commands of the Dockerfile in a copy of the workspace, and starts what is left. */
async function checkImage(home, { worker, runs }, manager) {
  const copy = `${home}-image`;
  rmSync(copy, { recursive: true, force: true });
  const kept = (path) => !/\/(?:node_modules|dist|\.git|\.nx)$/.test(path);
  cpSync(home, copy, { recursive: true, filter: kept });
  const env = { ...manager.env, ...nxSettings, YARN_ENABLE_IMMUTABLE_INSTALLS: 'true' };
  for (const command of runs.filter((line) => !line.startsWith('corepack')))
    await run(copy, 'sh', ['-c', command], env);
  const dockerfile = readFileSync(join(home, 'docker/Dockerfile'), 'utf8');
  const folder = dockerfile.split('\n').findLast((line) => line.startsWith('WORKDIR /app'));
  const app = join(copy, folder.replace('WORKDIR /app', '.'));
  const help = await run(app, process.execPath, [worker, '--help'], env);
  check(/--queues/.test(help), `the Dockerfile's commands leave a worker that starts: ${runs.join(' && ')}`);
  rmSync(copy, { recursive: true, force: true });
}
