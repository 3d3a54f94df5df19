// This repository is a library and an application in one. A library leaves Nest, BullMQ and the like to whoever installs
// it (peerDependencies), and lists them for itself under devDependencies, with all that the reference application uses.
// In the image the application is what counts. This makes package.json say so, for `npm prune --omit=dev`: what the
// application runs with becomes a dependency, with the versions of package-lock.json. Yours has that right from the start.
import { readFileSync, writeFileSync } from 'node:fs';

/** What src/app uses beside the library's own peers. test/ship/dockerfile.test.ts holds it against the imports. */
export const appPackages = [
  '@nestjs/platform-express',
  'class-transformer', // no import: ValidationPipe loads it by name
  'class-validator',
  'csv-parse',
  'kysely',
  'libsql',
  'pg',
];

/** Peers that the library has a use for, and the application has none. */
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
