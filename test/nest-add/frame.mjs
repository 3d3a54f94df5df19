// The frame of check:neighbours and check:nest-add: the servers, the packed working tree, each application, the summary.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MailCatcher } from '../../dist/demo/mail-catcher.js';
import { findRedisServer, startPrivateRedis } from '../../dist/testing/redis/private-redis.js';
import { labelled, root, run, say } from './commands.mjs';

/**
 * Checks the applications that the command line names, or all of them. Sets the exit code of the process.
 *
 * @param title        of the check's temporary folder
 * @param applications by name
 * @param options      the command line's options besides --keep, for parseArgs
 * @param atOnce       how many applications are checked at the same time
 * @param check        checks one application; throws an error if it fails
 */
export async function checkEach({ title, applications, options, atOnce = 1, check }) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { ...options, keep: { type: 'string' } },
  });
  const chosen = choose(applications, positionals);
  const folder = values.keep ?? mkdtempSync(join(tmpdir(), `fledge-${title}-`));
  mkdirSync(folder, { recursive: true });
  const cleanups = [];
  const failed = [];
  try {
    const tarball = await pack(folder);
    const servers = await startServers(cleanups);
    await inLanes(atOnce, chosen, (name) =>
      labelled(name, async () => {
        const startedAt = Date.now();
        try {
          const application = applications[name];
          await check({ name, application, folder, tarball, servers: servers(name), values });
          say(`passed in ${Math.round((Date.now() - startedAt) / 1_000)} s`);
        } catch (error) {
          failed.push(name);
          say(`FAILED: ${error.stack}`);
        }
      }),
    );
  } finally {
    for (const cleanup of cleanups.toReversed()) await cleanup();
    if (!values.keep) rmSync(folder, { recursive: true, force: true });
  }
  const names = failed.length > 0 ? `: ${failed.join(', ')}` : '';
  say(`${chosen.length - failed.length} passed, ${failed.length} failed${names}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

function choose(applications, names) {
  const all = Object.keys(applications);
  const unknown = names.filter((name) => !applications[name]);
  if (unknown.length > 0)
    throw new Error(`Unknown application: ${unknown.join(', ')}. Use one of ${all.join(', ')}`);
  return names.length > 0 ? names : all;
}

async function pack(folder) {
  await run(root, 'npm', ['pack', '--ignore-scripts', '--pack-destination', folder]);
  return join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')),
  );
}

/** @returns the servers for the application of a name. Its prefix keeps other applications' workers from its jobs */
async function startServers(cleanups) {
  const redis = await startPrivateRedis(findRedisServer());
  cleanups.push(() => redis.stop());
  const mails = new MailCatcher();
  const smtp = await mails.start();
  cleanups.push(() => mails.stop());
  return (name) => ({ jobs: `${redis.url}/?prefix=${name}`, redis: redis.url, smtp, mails });
}

async function inLanes(count, items, work) {
  const left = [...items];
  const lane = async () => {
    while (left.length > 0) await work(left.shift());
  };
  await Promise.all(Array.from({ length: count }, lane));
}
