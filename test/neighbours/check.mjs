// npm run check:neighbours: boots and exercises small applications that have the modules of real ones. See README.md here.
import { join } from 'node:path';
import { check, run, say } from '../nest-add/commands.mjs';
import { checkEach } from '../nest-add/frame.mjs';
import { applications, notChecked } from './applications.mjs';
import { build, compose } from './compose.mjs';
import { exerciseKit, exerciseMemory, exerciseRedis } from './exercise.mjs';
import { install } from './installation.mjs';

for (const reason of notChecked) say(`not checked: ${reason}`);

await checkEach({
  title: 'neighbours',
  applications,
  // One process of an application is idle most of the time that it takes.
  atOnce: 2,
  check: async ({ name, application, folder, tarball, servers }) => {
    const packages = await install(folder, application, tarball);
    const home = join(packages, name);
    compose(home, application);
    await (application.isMinified ? checkMinified : checkThreeWays)(home, application, {
      ...servers,
      name,
      application,
    });
  },
});

async function checkThreeWays(home, application, servers) {
  await build(home, application);
  say(`built: ${application.modules.join(', ')}`);
  const failures = [];
  for (const exercise of [exerciseKit, exerciseMemory, exerciseRedis])
    await exercise(home, servers).catch((error) => failures.push(error));
  if (failures.length > 0) throw new Error(failures.map(({ message }) => message).join('\n\n'));
}

/** A minified build does not boot. With the setting that docs/deploy.md names for its bundler, it runs as any other. */
async function checkMinified(home, application, servers) {
  const production = { NODE_ENV: 'production' };
  await build(home, application, 'shortNames');
  const env = { ...production, JOBS_URL: servers.jobs, SMTP_URL: servers.smtp };
  const refusal = await run(home, process.execPath, ['dist/main.js'], env).then(
    () => 'it booted',
    ({ message }) => message,
  );
  check(refusal.includes('FLEDGE_JOB_NAME_MINIFIED'), 'minified, it does not boot', refusal.slice(-2_000));
  await build(home, application, 'keptNames');
  await exerciseRedis(home, servers, production);
}
