// This repository contains a library and an application. The library has Nest, BullMQ and similar packages as
// peerDependencies. They are also in devDependencies, with all packages of the reference application. The image contains the
// application only. So this script turns the packages that the application needs at run time into dependencies, before
// `npm prune --omit=dev` runs. Your application doesn't need this script.
import { readFileSync, writeFileSync } from 'node:fs';

/** Packages that src/app uses in addition to the library's peers. test/ship/dockerfile.test.ts compares them with its imports. */
export const appPackages = [
  '@nestjs/platform-express',
  'class-transformer', // not imported: ValidationPipe loads it by name
  'class-validator',
  'csv-parse',
  'kysely',
  'libsql',
  'pg',
];

/** Peers of the library that the application doesn't use. */
export const unusedPeers = ['@aws-sdk/client-sesv2', '@nestjs/testing', 'mjml', 'testcontainers'];

/** @returns the manifest of the application */
export function applicationManifest({ devDependencies, peerDependencies, ...manifest }) {
  const peers = Object.keys(peerDependencies).filter((name) => !unusedPeers.includes(name));
  const names = [...peers, ...appPackages];
  const needed = Object.fromEntries(names.map((name) => [name, devDependencies[name]]));
  const forgotten = names.filter((name) => !needed[name]);
  if (forgotten.length > 0) throw new Error(`package.json has no devDependency ${forgotten.join(', ')}`);
  return { ...manifest, dependencies: { ...manifest.dependencies, ...needed } };
}

if (process.argv[1]?.endsWith('app-dependencies.mjs')) {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  writeFileSync('package.json', `${JSON.stringify(applicationManifest(manifest), null, 2)}\n`);
}
