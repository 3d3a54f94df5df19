// Installs the packages of several applications in one folder. The applications are folders in it.
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run, say } from '../nest-add/commands.mjs';
import { packagesOf } from './applications.mjs';
import { writeJson } from './settings.mjs';

const installed = new Map();

/** @returns the folder with the application's packages, once they are installed */
export async function install(folder, application, tarball) {
  const home = join(folder, `nest${application.nest}-${application.installation}`);
  if (!installed.has(home)) installed.set(home, installPackages(home, application, tarball));
  await installed.get(home);
  return home;
}

async function installPackages(home, application, tarball) {
  mkdirSync(home, { recursive: true });
  writeJson(home, 'package.json', { private: true, dependencies: packagesOf(application) });
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await run(home, 'npm', ['install', ...quiet, tarball]);
  say(`installed the packages in ${basename(home)}`);
}
