import type { Application } from '../application.js';

/** How an image installs, builds and prunes with a package manager. */
export interface ImageCommands {
  /** A line of its own that makes the command available. */
  readonly setup: string;
  readonly lock: string;
  /** Where it keeps its downloads. */
  readonly cache: string;
  readonly install: string;
  readonly run: string;
  /** Leaves the packages of production. */
  readonly prune: string;
}

const corepack = 'RUN corepack enable\n';

const yarnClassic: ImageCommands = {
  setup: '',
  lock: 'yarn.lock',
  cache: '/usr/local/share/.cache/yarn',
  install: 'yarn install --frozen-lockfile',
  run: 'yarn run',
  prune: 'yarn install --frozen-lockfile --production --ignore-scripts --prefer-offline',
};

const commands: Readonly<Record<'npm' | 'pnpm' | 'yarn', ImageCommands>> = {
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
    // The last one only where there is one: it has pnpm's settings.
    lock: 'pnpm-lock.yaml pnpm-workspace.yaml*',
    cache: '/root/.local/share/pnpm/store',
    install: 'pnpm install --frozen-lockfile',
    run: 'pnpm run',
    prune: 'CI=true pnpm prune --prod',
  },
  yarn: {
    setup: corepack,
    lock: 'yarn.lock .yarnrc.yml',
    cache: '/root/.yarn/berry/cache',
    install: 'yarn install --immutable',
    run: 'yarn run',
    prune: 'yarn workspaces focus --production',
  },
};

/** Undefined for bun, for which there is no image of ours. */
export function imageCommands(app: Application): ImageCommands | undefined {
  if (app.packageManager === 'bun') return undefined;
  if (app.packageManager === 'yarn' && !app.tree.exists('/.yarnrc.yml')) return yarnClassic;
  return commands[app.packageManager];
}
