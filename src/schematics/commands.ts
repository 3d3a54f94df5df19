import type { Application } from './application.js';
import { hasClassicYarn, hasMembers } from './place/root.js';

/** Returns the command that adds packages to the application. It runs in the root of the workspace. */
export function addCommand(app: Application, packages: readonly string[]): string {
  const words = {
    npm: 'npm install',
    pnpm: `pnpm add${isRootOf(app, 'pnpm') ? ' -w' : ''}`,
    yarn: `yarn add${isRootOf(app, 'yarn') && hasClassicYarn(app.tree, app.manifest) ? ' -W' : ''}`,
    bun: 'bun add',
  };
  return [...goTo(app), `${words[app.packageManager]} ${packages.join(' ')}`].join(' && ');
}

/** Returns the command that runs a script of the application, in the folder of its package.json. */
export function runCommand(app: Application, script: string): string {
  return `${app.packageManager} run ${script}`;
}

/** Returns the command that runs the program of a package, such as nest or nx. */
export function execCommand(app: Application, command: string): string {
  const words = { npm: 'npx', pnpm: 'pnpm exec', yarn: 'yarn', bun: 'bunx' };
  return `${words[app.packageManager]} ${command}`;
}

function goTo({ place }: Application): string[] {
  return place.folder === '/' ? [] : [`cd ${place.folder.slice(1)}`];
}

/** These managers add no package to the root of a workspace without an option. */
function isRootOf(app: Application, manager: 'pnpm' | 'yarn'): boolean {
  if (app.place.folder !== '/') return false;
  return manager === 'pnpm' ? hasMembers(app.tree) : app.manifest.workspaces !== undefined;
}
