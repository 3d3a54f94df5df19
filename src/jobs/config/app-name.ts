import { readFileSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { invalidOption } from '../values/errors.js';

/** How many folders above the entry point are searched for a package.json. */
const mostFolders = 12;
const longest = 200;

/**
 * Returns the name of the application: the option, or the name in the package.json of the file that was started.
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function resolveAppName(option: string | undefined): string | undefined {
  if (option === undefined) return defaultAppName(process.argv[1], process.cwd());
  if (typeof option === 'string' && option.trim() !== '' && option.length <= longest) return option;
  throw invalidOption(
    `app is ${JSON.stringify(option)}. Use the application's name, a string of at most ${longest} characters.`,
  );
}

/**
 * @param entry the file that was started. A tool such as a test runner is in node_modules and is not the application
 * @param workingDirectory is used without an entry
 */
export function defaultAppName(entry: string | undefined, workingDirectory: string): string | undefined {
  const isTool = entry === undefined || entry.includes(`${sep}node_modules${sep}`);
  const start = isTool ? workingDirectory : dirname(entry);
  let folder = start;
  for (let i = 0; i < mostFolders; i++) {
    const name = packageName(folder);
    if (name !== undefined) {
      const root = name.startsWith('@') ? undefined : rootAbove(folder);
      const parts = root === undefined ? [name, ...appFolder(start.slice(folder.length))] : [root, name];
      return parts.join('/').slice(0, longest);
    }
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
  return undefined;
}

/** In a monorepo with one package.json, such as Nest's and Nx's, the applications are built to `dist/apps/<name>`. */
function appFolder(path: string): string[] {
  const folders = path.split(sep);
  const at = folders.indexOf('apps');
  const name = at === -1 ? undefined : folders[at + 1];
  return name === undefined ? [] : [name];
}

/** Returns the name of the monorepo that has a package in its `apps/<name>`. */
function rootAbove(folder: string): string | undefined {
  const apps = dirname(folder);
  return basename(apps) === 'apps' ? packageName(dirname(apps)) : undefined;
}

function packageName(folder: string): string | undefined {
  try {
    const { name }: { name?: unknown } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    // There is no package.json here, or it has no name, as in a dist folder with only a "type".
    return undefined;
  }
}
