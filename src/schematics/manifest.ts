import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Application } from './application.js';
import { allowsMajor, majorOf, newestFor } from './ranges.js';

interface OwnManifest {
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** What the application needs beside the library; nodemailer too, since the sample mailer's mails are to arrive. */
const peers = ['@nestjs/bullmq', 'bullmq', 'ioredis', 'nodemailer'];

function ownManifest(): OwnManifest {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as OwnManifest;
}

/**
 * Adds packages and scripts to package.json.
 *
 * @returns which packages were added, and what is there in a version that does not fit
 */
export async function extendManifest(app: Application): Promise<{ added: string[]; misfits: string[] }> {
  const { version, peerDependencies } = ownManifest();
  const wanted = new Map([
    ['nestjs-fledge', `^${version}`],
    ...peers.map((peer) => [peer, newestFor(peerDependencies[peer]!, askedFor(app, peer))] as const),
  ]);
  const dependencies = { ...app.manifest.dependencies };
  const added = [...wanted.keys()].filter((name) => app.packages[name] === undefined);
  for (const name of added) dependencies[name] = wanted.get(name)!;
  const text = app.tree.readText('/package.json');
  const next = {
    ...app.manifest,
    scripts: { ...app.manifest.scripts, ...missingScripts(app) },
    dependencies: added.length === 0 ? app.manifest.dependencies : sorted(dependencies),
  };
  const indent = /^([\t ]+)"/m.exec(text)?.[1] ?? '  ';
  const end = text.endsWith('\n') ? '\n' : '';
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const written = (JSON.stringify(next, null, indent) + end).replaceAll('\n', newline);
  // Compared as values: a file whose layout is not ours must not change for that alone.
  if (JSON.stringify(next) !== JSON.stringify(app.manifest)) app.rewrite('/package.json', written);
  const misfits = peers.filter((peer) => !fits(app.packages[peer], peerDependencies[peer]!));
  return {
    added,
    misfits: misfits.map((peer) => `${peer} ${app.packages[peer]} (${peerDependencies[peer]} is needed)`),
  };
}

/**
 * What the application's packages accept as their peer, as installed: TypeORM 0.3 accepts no ioredis 6, and npm would refuse
 * to install the two. @nestjs/bullmq goes by the application's own Nest.
 */
function askedFor(app: Application, peer: string): string[] {
  if (peer === '@nestjs/bullmq') return [app.packages['@nestjs/core'] ?? ''].filter(Boolean);
  return Object.keys(app.packages).flatMap((name) => {
    const path = join(app.root, 'node_modules', name, 'package.json');
    if (!existsSync(path)) return [];
    const { peerDependencies } = JSON.parse(readFileSync(path, 'utf8')) as Partial<OwnManifest>;
    return peerDependencies?.[peer] ?? [];
  });
}

/** Compared by major version, without a package for it. */
function fits(present: string | undefined, range: string): boolean {
  const major = present === undefined ? undefined : majorOf(present);
  return major === undefined || !/^[\^~>=v\s]*\d/.test(present!) || allowsMajor(range, major);
}

function missingScripts(app: Application): Record<string, string> {
  // Without a shell between, since nest's own would keep SIGTERM to itself and leave the worker running.
  const start = 'nest start --no-shell --entryFile main-worker';
  const wanted = {
    'start:worker': start,
    'start:worker:dev': `${start} --watch`,
    'start:worker:prod': `node ${app.compiled('main-worker')}`,
  };
  return Object.fromEntries(
    Object.entries(wanted).filter(([name]) => app.manifest.scripts?.[name] === undefined),
  );
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
