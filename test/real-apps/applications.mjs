// The two applications of the check: where their parts are, and how they are installed, built and configured.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as portfolioCheck from './portfolio/check.mjs';
import { steps as portfolioSteps } from './portfolio/steps.mjs';
import * as wikiCheck from './wiki/check.mjs';
import { steps as wikiSteps } from './wiki/steps.mjs';

const sources = (name) => fileURLToPath(new URL(name, import.meta.url));
const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];

/**
 * sources   the application before (`before`), and the files that the migration adds (`after`)
 * install   the command that installs its packages
 * build     the command that builds it
 * folder    where its processes are started
 * dist      the folder of the built entrypoints, seen from there
 * command   how it runs the command `fledge`
 * settings  its environment variables
 */
export const applications = {
  wiki: {
    sources: sources('wiki'),
    install: ['pnpm', 'install', '--prefer-offline'],
    build: ['pnpm', 'run', 'build'],
    folder: 'apps/server',
    dist: 'dist',
    command: ['pnpm', 'exec', 'fledge'],
    steps: wikiSteps,
    ...wikiCheck,
    settings: ({ redis, smtp, postgres }) => ({
      REDIS_URL: redis,
      DATABASE_URL: postgres.url,
      SMTP_HOST: new URL(smtp).hostname,
      SMTP_PORT: new URL(smtp).port,
    }),
  },
  portfolio: {
    sources: sources('portfolio'),
    install: ['npm', 'install', ...quiet],
    build: ['npm', 'run', 'build'],
    folder: '.',
    dist: join('dist', 'apps', 'api'),
    command: ['npx', '--no-install', 'fledge'],
    steps: portfolioSteps,
    ...portfolioCheck,
    settings: ({ redis, postgres }) => ({
      REDIS_HOST: new URL(redis).hostname,
      REDIS_PORT: new URL(redis).port,
      DATABASE_URL: postgres.url,
    }),
  },
};
