import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Application } from '../application.js';
import { hasClassicYarn } from '../place/root.js';

/** Returns the command that installs the packages of package.json. In CI, pnpm and yarn would refuse a new package. */
function installCommand(app: Application): readonly [string, ...string[]] {
  const { packageManager: manager } = app;
  if (manager === 'pnpm') return ['pnpm', 'install', '--no-frozen-lockfile'];
  if (manager === 'yarn' && !hasClassicYarn(app.tree, app.manifest))
    return ['yarn', 'install', '--no-immutable'];
  return [manager, 'install'];
}

/**
 * Installs the packages of the application with its package manager.
 *
 * @returns the command, and what to do if it failed
 */
export async function install(
  app: Application,
  isQuiet: boolean,
): Promise<{ line: string; failure?: string }> {
  const [command, ...args] = installCommand(app);
  const line = [command, ...args].join(' ');
  const child = spawn(command, args, {
    cwd: app.directory,
    stdio: isQuiet ? 'ignore' : 'inherit',
    // On Windows the package managers are scripts of the shell.
    shell: process.platform === 'win32',
  });
  const [code]: unknown[] = await once(child, 'exit').catch((error: Error) => [error.message]);
  if (code === 0) return { line };
  const folder = resolve(app.directory);
  return {
    line,
    failure: `The files were written, but the packages were not installed: ${line} ended with ${String(code)}. Run it in ${folder}.`,
  };
}
