// npm run check:tutorial: plays docs/tutorial.md in an empty folder, and the quick start of the README in new applications of
// Nest 12 and 11, with the package of this working tree. It installs packages. Name one of the three to play only that.
// --keep <folder> keeps the applications.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { check, root, run, say, start, until } from '../nest-add/commands.mjs';
import { checkEach } from '../nest-add/frame.mjs';
import { freePort, install, startingPoints } from '../nest-add/starting-points.mjs';
import { missingLines, stepsOf } from './page.mjs';
import { patientCurl, Player } from './player.mjs';

const read = (page) => readFileSync(join(root, page), 'utf8');

await checkEach({
  title: 'tutorial',
  applications: {
    tutorial,
    'readme-12': (servers) => readme(servers, 'nest12-esm', (text) => text),
    // The README says to leave out `.js` in CommonJS.
    'readme-11': (servers) =>
      readme(servers, 'nest11-cjs', (text) => text.replace(/(from '\.\/.*)\.js'/g, "$1'")),
  },
  check: ({ name, application, folder, tarball, servers }) =>
    application({ ...servers, home: join(folder, name), tarball }),
});

async function tutorial({ home, tarball, jobs }) {
  mkdirSync(home, { recursive: true });
  const port = await freePort();
  const player = new Player(home, { PORT: String(port), COLUMNS: '120' }, [
    ['npm install nestjs-fledge', `npm install ${tarball}`],
    ['redis://localhost:6379', jobs],
    ['localhost:3000', `localhost:${port}`],
  ]);
  try {
    for (const step of stepsOf(read('docs/tutorial.md'))) await player.play(step);
  } finally {
    await player.stop();
  }
}

async function readme({ home, tarball, jobs }, startingPoint, adapted) {
  const page = read('README.md');
  await startingPoints[startingPoint].make(home);
  const [, packages] = /^npm install nestjs-fledge (.*)$/m.exec(page);
  const [, development] = /^npm install --save-dev (.*)$/m.exec(page);
  await install(home, tarball, ...packages.split(' '));
  await install(home, '--save-dev', development);
  for (const [, path, text] of page.matchAll(/```ts\n\/\/ (src\/\S+)\n([^]*?)```/g)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), adapted(text));
  }
  for (const script of ['build', 'lint', 'test', 'test:e2e']) {
    await run(home, 'npm', ['run', script]);
    say(`ok: npm run ${script}`);
  }
  await signUp(page, home, { JOBS_URL: jobs, JOBS_LOG_FORMAT: 'text', PORT: String(await freePort()) });
}

/** Runs both processes and the README's curl, and looks at both of its pages. */
async function signUp(page, home, env) {
  const [web, worker] = ['main', 'main-worker'].map((entry) => start(home, [`dist/${entry}.js`], env));
  try {
    await until('the web process is up', () => web.log.includes('successfully started'), web);
    await until('the worker is up', () => worker.log.includes('processor default'), worker);
    const [command] = /^curl .*$/m.exec(page);
    const patient = command.replace(...patientCurl).replace('localhost:3000', `localhost:${env.PORT}`);
    const receipt = await run(home, 'sh', ['-c', patient]);
    const [answered, logged] = [...page.matchAll(/^```text\n([^]*?)\n```/gm)].map(([, sample]) => sample);
    check(missingLines(answered, receipt).length === 0, 'curl prints the sample', receipt);
    await until('the worker logs the sample', () => missingLines(logged, worker.log).length === 0, worker);
    for (const path of ['/mails', '/mails/mailbox']) {
      const response = await fetch(`http://localhost:${env.PORT}${path}`);
      const shown = path === '/mails' ? 'UserMailer' : 'Welcome, Ada';
      check(response.ok && (await response.text()).includes(shown), `${path} shows ${shown}`);
    }
    check(!web.log.includes('Hello Ada'), 'only the worker ran the job', web.log);
  } finally {
    for (const one of [web, worker]) {
      one.child.kill('SIGTERM');
      await until('the process ends', () => one.code !== undefined || one.child.signalCode !== null, {
        log: one.log,
      });
    }
  }
}
