// npm run check:neighbours: boots and exercises small applications that have the modules of real ones. See README.md here.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MailCatcher } from '../../dist/demo/mail-catcher.js';
import { findRedisServer, startPrivateRedis } from '../../dist/testing/redis/private-redis.js';
import { root, run, say } from '../nest-add/commands.mjs';
import { applications, notInstalled } from './applications.mjs';
import { compose } from './compose.mjs';
import { exerciseKit, exerciseMemory, exerciseRedis } from './exercise.mjs';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { keep: { type: 'string' } } });
const chosen = positionals.length > 0 ? positionals : Object.keys(applications);
const unknown = chosen.filter((name) => !applications[name]);
if (unknown.length > 0)
  throw new Error(
    `Unknown application: ${unknown.join(', ')}. Use one of ${Object.keys(applications).join(', ')}`,
  );

const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'fledge-neighbours-'));
mkdirSync(folder, { recursive: true });
const cleanups = [];
const failed = [];
try {
  const redis = await startPrivateRedis(findRedisServer());
  cleanups.push(() => redis.stop());
  const mails = new MailCatcher();
  const smtp = await mails.start();
  cleanups.push(() => mails.stop());
  await run(root, 'npm', ['pack', '--ignore-scripts', '--pack-destination', folder]);
  const tarball = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')),
  );
  for (const name of chosen) {
    say(`\n== ${name}: ${applications[name].modules.join(', ')}`);
    // No worker takes another application's jobs.
    const servers = { jobs: `${redis.url}/?prefix=${name}`, bull: redis.url, smtp, mails };
    try {
      await checkApplication(
        join(folder, `nest${applications[name].nest}`),
        applications[name],
        tarball,
        servers,
      );
    } catch (error) {
      failed.push(name);
      say(`FAILED: ${name}: ${error.stack}`);
    }
  }
} finally {
  for (const cleanup of cleanups.toReversed()) await cleanup();
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
}

async function checkApplication(home, application, tarball, servers) {
  mkdirSync(home, { recursive: true });
  await compose(home, application, tarball);
  say('installed and built');
  const failures = [];
  for (const exercise of [exerciseKit, exerciseMemory, exerciseRedis])
    await exercise(home, servers).catch((error) => failures.push(error));
  if (failures.length > 0) throw new Error(failures.map(({ message }) => message).join('\n\n'));
}

for (const reason of notInstalled) say(`not run: ${reason}`);
say(
  `\n${chosen.length - failed.length} passed, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(', ')}` : ''}`,
);
process.exitCode = failed.length > 0 ? 1 : 0;
