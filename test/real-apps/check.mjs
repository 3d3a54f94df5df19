// npm run check:real-apps: brings Fledge into two applications that are like real ones. See README.md here.
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { environment, run, say } from '../nest-add/commands.mjs';
import { checkEach } from '../nest-add/frame.mjs';
import { startPostgres } from '../nest-add/postgres.mjs';
import { applications } from './applications.mjs';
import { migrate, requireDocuments } from './migration.mjs';
import { Processes } from './processes.mjs';

for (const { steps } of Object.values(applications)) requireDocuments(steps);

await checkEach({
  title: 'real-apps',
  applications,
  options: {},
  // One of them installs packages while the other one builds.
  atOnce: 2,
  check: async ({ name, application, folder, tarball, servers }) => {
    const postgres = await startPostgres();
    try {
      const tools = application.install[0] === 'pnpm' ? await installPnpm(join(folder, 'tools')) : '';
      await checkApplication(
        prepare(application, { home: join(folder, name), tools, tarball, servers, postgres }),
      );
    } finally {
      await postgres.stop();
    }
  },
});

async function checkApplication(app) {
  await app.run(app.install);
  await app.run(app.build);
  const before = await exercise(app, app.exerciseBefore);
  say('before: it runs as one process');
  await migrate(app);
  await app.run(app.build);
  const processes = await exercise({ ...app, env: { ...app.env, ...app.production } }, app.exerciseAfter);
  app.checkLogs(processes, before);
}

/** Copies the application, and adds what the steps of the check need. */
function prepare(application, { home, tools, tarball, servers, postgres }) {
  // With --keep, the packages of the last run are there.
  const left = existsSync(home) ? readdirSync(home).filter((name) => name !== 'node_modules') : [];
  for (const name of left) rmSync(join(home, name), { recursive: true, force: true });
  cpSync(join(application.sources, 'before'), home, { recursive: true });
  const { jobs, smtp, mails } = servers;
  const env = {
    PATH: [tools, environment.PATH].join(delimiter),
    // Nx would leave a process in the background.
    NX_DAEMON: 'false',
    ...application.settings({ ...servers, postgres }),
  };
  const production = { JOBS_URL: jobs, SMTP_URL: smtp };
  const inFolder = (command, more) =>
    run(join(home, application.folder), command[0], command.slice(1), { ...env, ...more });
  return {
    ...application,
    home,
    tarball,
    mails,
    env,
    production,
    run: (command) => run(home, command[0], command.slice(1), env),
    fledge: async (...words) => {
      const printed = await inFolder([...application.command, ...words, '--json'], production);
      return JSON.parse(printed.slice(printed.indexOf('{')));
    },
    checkWorker: () => inFolder(['node', `${application.dist}/main-worker.js`, '--check'], production),
  };
}

async function exercise(app, work) {
  const processes = new Processes(app);
  try {
    await work(app, processes);
    await processes.stop();
  } finally {
    processes.kill();
  }
  return processes.all;
}

/** @returns the folder of the program. Version 10 runs on Node 20 */
async function installPnpm(folder) {
  await run(process.cwd(), 'npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', 'pnpm@10']);
  return join(folder, 'node_modules', '.bin');
}
