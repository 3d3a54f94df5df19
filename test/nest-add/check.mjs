// npm run check:nest-add: creates real applications and adds the package of this working tree with `nest add`. Each
// must still build, format, lint and pass its tests, and its sample job must run in a worker. See README.md here.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MailCatcher } from '../../dist/demo/mail-catcher.js';
import { findRedisServer, startPrivateRedis } from '../../dist/testing/redis/private-redis.js';
import { run, root, say } from './commands.mjs';
import { checkApplication } from './application.mjs';
import { startPostgres } from './postgres.mjs';
import { startingPoints } from './starting-points.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    git: { type: 'string', default: 'https://github.com/{owner}/{name}.git' },
    keep: { type: 'string' },
  },
});

const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'fledge-nest-add-'));
mkdirSync(folder, { recursive: true });
const chosen = positionals.length > 0 ? positionals : Object.keys(startingPoints);
const unknown = chosen.filter((name) => !startingPoints[name]);
if (unknown.length > 0)
  throw new Error(`${unknown.join(', ')}? There are: ${Object.keys(startingPoints).join(', ')}`);

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
  for (const [index, name] of chosen.entries()) {
    const point = startingPoints[name];
    const postgres = point.postgres && (await startPostgres(point.postgres));
    // Each has its own database number, so that no worker takes another application's jobs.
    const servers = { jobs: `${redis.url}/${index}`, smtp, mails, postgres };
    try {
      say(`\n== ${name}`);
      await checkApplication({ name, point, home: join(folder, name), tarball, servers, git: values.git });
    } catch (error) {
      failed.push(name);
      say(`FAILED: ${error.stack}`);
    } finally {
      await postgres?.stop();
    }
  }
} finally {
  for (const cleanup of cleanups.toReversed()) await cleanup();
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
}
say(
  `\n${chosen.length - failed.length} passed, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(', ')}` : ''}`,
);
process.exitCode = failed.length > 0 ? 1 : 0;
