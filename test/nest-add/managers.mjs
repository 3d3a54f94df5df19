import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { environment, run } from './commands.mjs';

const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];

/** pnpm and both kinds of Yarn, installed by npm into a folder of their own. */
const tools = { pnpm: 'pnpm@10', yarn: 'yarn@1', berry: '@yarnpkg/cli-dist@4' };

/**
 * Returns the commands of a package manager.
 *
 * @param name   npm, pnpm, yarn (version 1) or berry (a later Yarn)
 * @param folder where the managers themselves are installed
 */
export async function packageManager(name, folder) {
  const home = join(folder, `.${name}`);
  if (tools[name] && !existsSync(join(home, 'node_modules')))
    await run(folder, 'npm', ['install', '--prefix', home, ...quiet, tools[name]]);
  const path = join(home, 'node_modules/.bin');
  // In CI the latest Yarn would refuse to change its lock file. Yarn 1 refuses packages that need a later Node.
  const env = {
    PATH: `${path}${delimiter}${environment.PATH}`,
    ...(name === 'berry' ? { YARN_ENABLE_IMMUTABLE_INSTALLS: 'false', YARN_ENABLE_TELEMETRY: 'false' } : {}),
    ...(name === 'yarn' ? { YARN_IGNORE_ENGINES: 'true' } : {}),
  };
  const command = name === 'berry' ? 'yarn' : name;
  const go = (cwd, args, more = {}) => run(cwd, command, args, { ...env, ...more });
  return {
    name,
    command,
    env,
    install: (cwd) =>
      go(
        cwd,
        name === 'npm'
          ? ['install', ...quiet]
          : name === 'pnpm'
            ? ['install', '--no-frozen-lockfile']
            : ['install'],
      ),
    add: (cwd, ...packages) =>
      go(cwd, [name === 'npm' ? 'install' : 'add', ...(name === 'npm' ? quiet : []), ...packages]),
    script: (cwd, script, more) => go(cwd, ['run', script], more),
    /** Runs the program of an installed package. */
    exec: (cwd, words, more) =>
      name === 'npm'
        ? run(cwd, 'npx', words, { ...env, ...more })
        : go(cwd, [...(name === 'pnpm' ? ['exec'] : []), ...words], more),
  };
}
