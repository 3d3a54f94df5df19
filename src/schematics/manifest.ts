import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Application, Manifest } from './application.js';
import { allowsMajor, majorOf, newestFor } from './ranges.js';
import { watchScript } from './watch-script.js';

interface LibraryManifest {
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** The packages that the application needs in addition to the library. Mails need nodemailer. */
const neededPeers = ['@nestjs/bullmq', 'bullmq', 'ioredis', 'nodemailer'];
/** The template of the sample mailer needs it. */
const templatePeer = 'liquidjs';
/** The mailbox of the pages at /mails needs it, in development. */
const developmentPeer = 'postal-mime';

function libraryManifest(): LibraryManifest {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
}

/**
 * Adds packages and scripts to package.json.
 *
 * @returns the names of the added packages, and a note for each present package whose version does not fit
 */
export async function extendManifest(
  app: Application,
  withTemplates: boolean,
): Promise<{ added: string[]; misfits: string[] }> {
  const { version, peerDependencies } = libraryManifest();
  const needed = [...neededPeers, developmentPeer, ...(withTemplates ? [templatePeer] : [])];
  const peers = Object.entries(peerDependencies).filter(([name]) => needed.includes(name));
  const wanted: (readonly [string, string])[] = [
    ['nestjs-fledge', `^${version}`],
    ...peers.map(([name, range]) => [name, newestFor(range, rangesInUse(app, name))] as const),
  ];
  const added = wanted.filter(([name]) => app.packages[name] === undefined);
  const isForDevelopment = ([name]: readonly [string, string]): boolean => name === developmentPeer;
  const { dependencies, devDependencies } = app.manifest;
  const next = {
    ...app.manifest,
    scripts: { ...app.manifest.scripts, ...missingScripts(app) },
    dependencies: withPackages(
      dependencies,
      added.filter((one) => !isForDevelopment(one)),
    ),
    devDependencies: withPackages(devDependencies, added.filter(isForDevelopment)),
  };
  // Compares values, so that a file with another layout is not rewritten without a change.
  if (JSON.stringify(next) !== JSON.stringify(app.manifest))
    app.rewrite('/package.json', inLayoutOf(app.tree.readText('/package.json'), next));
  const misfits = peers.filter(([name, range]) => !fits(app.packages[name], range));
  return {
    added: added.map(([name]) => name),
    misfits: misfits.map(
      ([name, range]) =>
        `A package has an unsupported version: ${name} ${app.packages[name]}. Install ${name} ${range}.`,
    ),
  };
}

/** Returns an object as JSON, with the indentation and the line ends of a text. */
function inLayoutOf(text: string, value: object): string {
  const indent = /^([\t ]+)"/m.exec(text)?.[1] ?? '  ';
  const end = text.endsWith('\n') ? '\n' : '';
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  return (JSON.stringify(value, null, indent) + end).replaceAll('\n', newline);
}

/**
 * Returns the ranges of a peer that the installed packages accept. TypeORM 0.3 accepts no ioredis 6, for example, and npm
 * would refuse to install both. The major of @nestjs/bullmq follows the application's Nest.
 */
function rangesInUse(app: Application, peer: string): string[] {
  if (peer === '@nestjs/bullmq') return [app.packages['@nestjs/core'] ?? ''].filter(Boolean);
  return Object.keys(app.packages).flatMap((name) => {
    const path = join(app.root, 'node_modules', name, 'package.json');
    if (!existsSync(path)) return [];
    const { peerDependencies }: Partial<LibraryManifest> = JSON.parse(readFileSync(path, 'utf8'));
    return peerDependencies?.[peer] ?? [];
  });
}

/** Compares major versions only, so that it needs no package. */
function fits(present: string | undefined, range: string): boolean {
  const major = majorOf(present ?? '');
  if (present === undefined || major === undefined) return true;
  return !/^[\^~>=v\s]*\d/.test(present) || allowsMajor(range, major);
}

function missingScripts(app: Application): Record<string, string> {
  // Nest's shell would not pass SIGTERM on, so the worker would keep running.
  const start = 'nest start --no-shell --entryFile main-worker';
  const wanted = {
    'start:worker': start,
    'start:worker:dev': `${start} --watch`,
    'start:worker:prod': `node ${app.compiled('main-worker')}`,
    ...watchScript(app),
  };
  return Object.fromEntries(
    Object.entries(wanted).filter(([name]) => app.manifest.scripts?.[name] === undefined),
  );
}

function withPackages(
  present: Manifest['dependencies'],
  added: readonly (readonly [string, string])[],
): Manifest['dependencies'] {
  if (added.length === 0) return present;
  const all = { ...present, ...Object.fromEntries(added) };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}
