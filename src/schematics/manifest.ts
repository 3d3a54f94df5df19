import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Application } from './application.js';
import { addCommand } from './commands.js';
import { scriptsOf } from './worker-scripts.js';
import { allowsMajor, majorOf, newestFor } from './ranges.js';

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

export interface Extended {
  /** The names of the added packages. */
  readonly added: readonly string[];
  /** A note for each present package whose version does not fit, and one with the command that upgrades them. */
  readonly misfits: readonly string[];
}

/** Adds packages and scripts to package.json. */
export async function extendManifest(app: Application, withTemplates: boolean): Promise<Extended> {
  const { version, peerDependencies } = libraryManifest();
  const needed = [...neededPeers, developmentPeer, ...(withTemplates ? [templatePeer] : [])];
  const peers = Object.entries(peerDependencies).filter(([name]) => needed.includes(name));
  const wanted: (readonly [string, string])[] = [
    ['nestjs-fledge', `^${version}`],
    ...peers.map(([name, range]) => [name, newestFor(range, rangesInUse(app, name))] as const),
  ];
  const own = app.manifest.devDependencies?.['nestjs-fledge'];
  const added = wanted.filter(([name]) => app.packages[name] === undefined);
  const isForDevelopment = ([name]: readonly [string, string]): boolean => name === developmentPeer;
  // `nx add` installs it as a package for development, which is missing in production.
  const moved = own === undefined ? [] : [['nestjs-fledge', own] as const];
  const { dependencies, devDependencies } = app.manifest;
  const next = {
    ...app.manifest,
    scripts: withScripts(app),
    dependencies: withEntries(dependencies, [...added.filter((one) => !isForDevelopment(one)), ...moved]),
    devDependencies: withEntries(
      own === undefined ? devDependencies : without(devDependencies),
      added.filter(isForDevelopment),
    ),
  };
  // Compares values, so that a file with another layout is not rewritten without a change.
  const path = app.file('package.json');
  if (JSON.stringify(next) !== JSON.stringify(app.manifest))
    app.rewrite(path, inLayoutOf(app.tree.readText(path), next));
  const misfits = Object.entries(peerDependencies).filter(
    ([name, range]) => !fits(app.packages[name], range),
  );
  return { added: added.map(([name]) => name), misfits: notesOn(app, misfits) };
}

function notesOn(app: Application, misfits: readonly (readonly [string, string])[]): string[] {
  const notes = misfits.map(
    ([name, range]) =>
      `A package has an unsupported version: ${name} ${app.packages[name]}. Fledge needs ${name} ${range}.`,
  );
  const upgrades = misfits
    .filter(([name]) => !isNest(name))
    .map(([name, range]) => {
      const newest = newestFor(range, rangesInUse(app, name));
      return `${name}@${majorOf(newest) ?? 'latest'}`;
    });
  return [
    ...notes,
    ...(upgrades.length < misfits.length
      ? ['Upgrade Nest first, as its migration guide describes: https://docs.nestjs.com/migration-guide']
      : []),
    ...(upgrades.length > 0 ? [`To upgrade and install, run: ${addCommand(app, upgrades)}`] : []),
  ];
}

/** Nest's own packages have one major version, and an upgrade takes more than an installation. */
const isNest = (name: string): boolean => name.startsWith('@nestjs/') && name !== '@nestjs/bullmq';

type Entries = Readonly<Record<string, string>>;

function withEntries(
  present: Entries | undefined,
  added: readonly (readonly [string, string])[],
): Entries | undefined {
  return added.length === 0 ? present : sorted({ ...present, ...Object.fromEntries(added) });
}

function without(present: Entries | undefined): Entries {
  return Object.fromEntries(Object.entries(present ?? {}).filter(([name]) => name !== 'nestjs-fledge'));
}

function withScripts(app: Application): Entries | undefined {
  const present = app.manifest.scripts;
  const missing = Object.entries(scriptsOf(app)).filter(([name]) => present?.[name] === undefined);
  return missing.length === 0 ? present : { ...present, ...Object.fromEntries(missing) };
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
    const path = [app.directory, app.root]
      .map((folder) => join(folder, 'node_modules', name, 'package.json'))
      .find((one) => existsSync(one));
    if (path === undefined) return [];
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

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
