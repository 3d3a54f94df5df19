import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, run, say, start, until } from './commands.mjs';
import { checkGenerators, generatedSpecs } from './generators.mjs';
import { checkPages } from './pages.mjs';
import { differing, snapshot } from './snapshot.mjs';
import { freePort, install } from './starting-points.mjs';
import { checkStyle } from './style.mjs';
import { checkWatching } from './watching.mjs';

const nest = 'node_modules/.bin/nest';
const node =
  Number(/^(\d+)\.(\d+)/.exec(process.versions.node)[1]) + Number(process.versions.node.split('.')[1]) / 100;

export async function checkApplication({ point, home, tarball, servers, git }) {
  if (!existsSync(join(home, 'package.json'))) await point.make(home, git);
  const env = point.environment?.(servers) ?? {};
  const canTest = point.needsNode === undefined || node >= point.needsNode;
  if (!canTest) say(`its own tests need Node ${point.needsNode}; this is ${process.version}: not run`);
  const tests = canTest ? point.tests : [];
  for (const script of tests)
    await run(home, 'npm', ['run', script], { ...env, [point.port ?? 'PORT']: '0' });
  if (tests.length > 0) say(`made; before: ${tests.join(', ')} pass`);
  await point.before?.(home);
  await install(home, tarball);

  await checkAdding(home);
  await checkGenerators(home);
  await run(home, 'npm', ['run', 'build'], env);
  check(true, 'npm run build');
  for (const script of [...tests, ...(point.testsThen ?? [])]) {
    const printed = await run(home, 'npm', ['run', script], { ...env, [point.port ?? 'PORT']: '0' });
    const specs = script === 'test' ? generatedSpecs : [];
    check(
      specs.every((spec) => printed.includes(spec)),
      `npm run ${script} ${specs.length > 0 ? `passes, with ${specs.join(', ')}` : 'passes'}`,
      printed,
    );
  }
  await checkRunning(home, point, { ...env, JOBS_URL: servers.jobs, SMTP_URL: servers.smtp }, servers.mails);
  if (!point.isFresh) return;
  await checkPages(home, { ...env, JOBS_URL: servers.jobs }, sender('dist'));
  await checkWatching(home, { ...env, JOBS_URL: servers.jobs }, sender('dist'));
}

async function checkAdding(home) {
  const add = ['add', 'nestjs-fledge', '--skip-install'];
  const before = snapshot(home);
  const shown = await run(home, nest, ['g', '-c', 'nestjs-fledge', 'nest-add', '--dry-run']);
  check(
    shown.includes('CREATE src/main-worker.ts') && differing(before, snapshot(home)).length === 0,
    '--dry-run shows and changes nothing',
  );
  const printed = await run(home, nest, add);
  const added = snapshot(home);
  const changed = differing(before, added);
  say(`nest add wrote ${changed.filter((path) => !before.has(path)).join(' ')}`);
  say(`nest add changed ${changed.filter((path) => before.has(path)).join(' ')}`);
  const remarks = printed.split('\n').filter((line) => line.trim() && !/^(CREATE|UPDATE) /.test(line));
  console.log(remarks.map((line) => `         | ${line}`).join('\n'));
  await run(home, nest, add);
  const again = differing(added, snapshot(home));
  check(again.length === 0, `running it again changes nothing ${again.join(' ')}`);
  await install(home);
  await checkStyle(
    home,
    changed.filter((path) => path.endsWith('.ts')),
  );
}

/** Enqueues the samples like a script of the application, in a process that only enqueues. */
const sender = (entry) => `
import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { JobsService } from 'nestjs-fledge';
import { MailersService } from 'nestjs-fledge/mailers';
if (existsSync('.env')) process.loadEnvFile();
const { AppModule } = await import('./${entry}/app.module.js');
const { GreetJob } = await import('./${entry}/jobs/greet.job.js');
const { UserMailer } = await import('./${entry}/mailers/user.mailer.js');
const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
console.log((await app.get(JobsService).enqueue(GreetJob, { name: 'Ada' })).status);
await app.get(MailersService).for(UserMailer).welcome({ name: 'Ada', email: 'ada@example.test' }).deliverLater();
await app.close();
process.exit();
`;

async function checkRunning(home, point, env, mails) {
  const port = await freePort();
  const entry = point.entryFolder ?? 'dist';
  const settings = { ...env, [point.port ?? 'PORT']: String(port) };
  const web = start(home, [`${entry}/main.js`], settings);
  const worker = start(home, [`${entry}/main-worker.js`], settings);
  try {
    await until('the web process is up', () => web.log.includes('successfully started'), web);
    await until('the worker is up', () => worker.log.includes('processor default ×10'), worker);
    const from = mails.mails.length;
    writeFileSync(join(home, 'send.tmp.mjs'), sender(entry));
    check(
      (await run(home, process.execPath, ['send.tmp.mjs'], settings)).includes('enqueued'),
      'the sample job was enqueued',
    );
    await until('the sample job ran', () => worker.log.includes('Hello Ada, attempt 1'), worker);
    await until('the mail arrived', () => mails.mails.length > from, worker);
    check(
      !web.log.includes('Hello Ada'),
      'the sample job ran in the worker, not in the web process, and the mail arrived',
    );
    worker.child.kill('SIGTERM');
    await until('the worker ended', () => worker.code !== undefined, { log: worker.log });
    check(worker.code === 0, 'the worker stops with 0');
  } finally {
    web.child.kill('SIGKILL');
    worker.child.kill('SIGKILL');
  }
}
