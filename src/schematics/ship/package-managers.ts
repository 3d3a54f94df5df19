import type { Application } from '../application.js';
import { execCommand } from '../commands.js';
import { readManifest } from '../place/manifests.js';
import { hasClassicYarn, hasMembers } from '../place/root.js';

/** The commands with which an image installs, builds and prunes. */
export interface ImageCommands {
  /** The line that makes the command available, or ''. */
  readonly setup: string;
  readonly lock: string;
  /** The directory of its downloads. */
  readonly cache: string;
  readonly install: string;
  readonly run: string;
  /** Builds the application. */
  readonly build: string;
  /** Removes the packages that only development needs. */
  readonly prune: string;
}

const corepack = 'RUN corepack enable\n';

type ManagerCommands = Omit<ImageCommands, 'build'>;

const yarnClassic: ManagerCommands = {
  setup: '',
  lock: 'yarn.lock',
  cache: '/usr/local/share/.cache/yarn',
  install: 'yarn install --frozen-lockfile',
  run: 'yarn run',
  prune: 'yarn install --frozen-lockfile --production --ignore-scripts --prefer-offline',
};

const commands: Readonly<Record<'npm' | 'pnpm' | 'yarn', ManagerCommands>> = {
  npm: {
    setup: '',
    lock: 'package-lock.json',
    cache: '/root/.npm',
    install: 'npm ci --no-audit --no-fund',
    run: 'npm run',
    prune: 'npm prune --omit=dev --no-audit --no-fund',
  },
  pnpm: {
    setup: corepack,
    // The second file has pnpm's settings, and may be missing.
    lock: 'pnpm-lock.yaml pnpm-workspace.yaml*',
    cache: '/root/.local/share/pnpm/store',
    install: 'pnpm install --frozen-lockfile',
    run: 'pnpm run',
    prune: 'CI=true pnpm prune --prod',
  },
  yarn: {
    setup: corepack,
    // The second file has Yarn's settings, and may be missing.
    lock: 'yarn.lock .yarnrc.yml*',
    cache: '/root/.yarn/berry/cache',
    install: 'yarn install --immutable',
    run: 'yarn run',
    prune: 'yarn workspaces focus --production',
  },
};

/** Returns undefined if Fledge has no image for the package manager. */
export function imageCommands(app: Application): ImageCommands | undefined {
  const { packageManager: manager } = app;
  if (manager === 'bun') return undefined;
  const isClassic = manager === 'yarn' && hasClassicYarn(app.tree, app.manifest);
  if (manager === 'yarn' && !isClassic && hasPlugAndPlay(app)) return undefined;
  const own = isClassic
    ? yarnClassic
    : { ...commands[manager], setup: commands[manager].setup + ownYarn(app) };
  const build = buildCommand(app, own.run, isClassic);
  return isMember(app) ? { ...own, ...inWorkspace(app, isClassic), build } : { ...own, build };
}

/** Returns whether Yarn installs no node_modules, which the image would copy. */
function hasPlugAndPlay(app: Application): boolean {
  return !/^nodeLinker: *["']?(?:node-modules|pnpm)/m.test(app.read('/.yarnrc.yml') ?? '');
}

/** Returns the line that copies the Yarn that a repository contains. */
function ownYarn(app: Application): string {
  const has = app.packageManager === 'yarn' && app.tree.getDir('/.yarn/releases').subfiles.length > 0;
  return has ? 'COPY .yarn/releases .yarn/releases\n' : '';
}

/** Returns whether the application is one of several packages of a workspace, so that an installation needs all of them. */
export function isMember(app: Application): boolean {
  return app.place.folder !== '/' || hasMembers(app.tree);
}

function buildCommand(app: Application, run: string, isClassic: boolean): string {
  const { folder, nest, nx } = app.place;
  if (nx) return execCommand(app, `nx run ${nx.name}:build`);
  if (nest?.name !== undefined && !nest.isDefault) return execCommand(app, `nest build ${nest.name}`);
  // The root's script knows in which order the packages are built.
  if (folder === '/' || readManifest(app.tree, '/')?.scripts?.build !== undefined) return `${run} build`;
  const name = app.manifest.name ?? folder.slice(1);
  if (app.packageManager === 'npm') return `npm run build --workspace ${folder.slice(1)}`;
  if (app.packageManager === 'pnpm') return `pnpm --filter "${name}..." run build`;
  return isClassic
    ? `yarn workspace ${name} run build`
    : `yarn workspaces foreach -Rt --from ${name} run build`;
}

/** The commands that differ in a workspace. */
function inWorkspace(app: Application, isClassic: boolean): Partial<ManagerCommands> {
  if (app.packageManager === 'pnpm')
    return { prune: 'CI=true pnpm install --prod --frozen-lockfile --ignore-scripts' };
  if (app.packageManager === 'yarn' && !isClassic)
    return { prune: `yarn workspaces focus --production ${app.manifest.name ?? ''}`.trim() };
  return {};
}
