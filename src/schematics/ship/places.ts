import { posix } from 'node:path';
import type { Application } from '../application.js';

const dockerfiles = [
  'Dockerfile.prod',
  'Dockerfile.production',
  'Dockerfile',
  'docker/Dockerfile',
  '.docker/Dockerfile',
];

const composeFiles = ['docker-compose.yml', 'docker-compose.yaml', 'compose.yml', 'compose.yaml'];

/** Returns the existing compose file, in the application's folder or in the workspace's root. */
export function composeFile(app: Application): string | undefined {
  return inBoth(app, composeFiles);
}

/** Returns the path of a file for Docker or CI: next to the compose file, or else next to the lock file in the workspace's root. */
export function inShipping(app: Application, name: string): string {
  return posix.join(posix.dirname(composeFile(app) ?? '/'), name);
}

/** Returns the Dockerfile that seems to build production. Ignores the one that an earlier run has written. */
export function ownDockerfile(app: Application): string | undefined {
  const found = inBoth(app, dockerfiles);
  const isFledges = found === '/docker/Dockerfile' && app.tree.exists('/docker/healthcheck.mjs');
  return isFledges ? undefined : found?.slice(1);
}

function inBoth(app: Application, names: readonly string[]): string | undefined {
  return [app.place.folder, '/']
    .flatMap((folder) => names.map((name) => posix.join(folder, name)))
    .find((path) => app.tree.exists(path));
}

/** Returns the key `build` of a compose service for the application's own Dockerfile. */
export function buildOf(app: Application, own: string): string | object {
  const dockerfile = posix.relative(inShipping(app, '').slice(1), own);
  return dockerfile === 'Dockerfile' ? '.' : { context: '.', dockerfile };
}

/**
 * Returns the worker's compiled file as the application's own image has it: next to the main.js that its command names,
 * or else in the same folder as in the workspace. In Fledge's image the working directory is the application's folder.
 */
export function workerFile(app: Application): string {
  const own = ownDockerfile(app);
  const worker = app.compiled('main-worker');
  if (own === undefined) return worker;
  const lines = app.tree.readText(own).split('\n');
  const words = lines
    .filter((line) => /^(?:CMD|ENTRYPOINT)\b/.test(line))
    .flatMap((line) => line.split(/[\s"',[\]]/))
    .map((word) => (word.endsWith('.js') ? word : `${word}.js`));
  const folder = words.findLast((word) => word.endsWith('/main.js'))?.slice(0, -'main.js'.length);
  return folder === undefined ? posix.join(app.place.folder, worker).slice(1) : `${folder}main-worker.js`;
}
