import type { Application } from '../application.js';

/** The commands with which an image installs, builds and prunes. */
export interface ImageCommands {
  /** The line that makes the command available, or ''. */
  readonly setup: string;
  readonly lock: string;
  /** The directory of its downloads. */
  readonly cache: string;
  readonly install: string;
  readonly run: string;
  /** Removes the packages that only development needs. */
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
    // The second file has pnpm's settings, and may be missing.
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

/** Returns undefined for bun, because Fledge has no image for it. */
export function imageCommands(app: Application): ImageCommands | undefined {
  if (app.packageManager === 'bun') return undefined;
  if (app.packageManager === 'yarn' && !app.tree.exists('/.yarnrc.yml')) return yarnClassic;
  return commands[app.packageManager];
}
