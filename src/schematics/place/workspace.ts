import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseJsonc } from '../text/jsonc.js';
import { isObject } from './manifests.js';

export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun';

const packageManagers: readonly PackageManager[] = ['npm', 'pnpm', 'yarn', 'bun'];

const locks: Readonly<Record<string, PackageManager>> = {
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'yarn',
  'package-lock.json': 'npm',
  'npm-shrinkwrap.json': 'npm',
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
};

/** Returns the manager of `"packageManager": "pnpm@10.0.0"`. */
export function namedManager(packageManager: unknown): PackageManager | undefined {
  return packageManagers.find((name) => String(packageManager).startsWith(`${name}@`));
}

/** Returns the manager whose lock file a folder has. */
export function lockedManager(has: (file: string) => boolean): PackageManager | undefined {
  return Object.entries(locks).find(([file]) => has(file))?.[1];
}

/** Returns the package manager of a workspace on this machine. */
export function managerOf(folder: string): PackageManager | undefined {
  const has = (file: string): boolean => existsSync(join(folder, file));
  const named = namedManager(readJson(join(folder, 'package.json')).packageManager);
  return named ?? lockedManager(has) ?? (has('pnpm-workspace.yaml') ? 'pnpm' : undefined);
}

/**
 * Returns the root of the workspace that a folder on this machine belongs to: the folder of the lock file. Without a
 * workspace, it is the folder of the package.json.
 */
export function workspaceRoot(folder: string): string {
  const above = [...ancestors(folder)];
  const own = above.find((at) => existsSync(join(at, 'package.json')) || existsSync(join(at, 'nx.json')));
  if (own === undefined) return folder;
  const hasLock = lockedManager((file) => existsSync(join(own, file))) !== undefined;
  if (hasLock) return own;
  return above.slice(above.indexOf(own)).find(isWorkspace) ?? own;
}

/** Returns whether a folder on this machine is the root of a workspace. */
function isWorkspace(folder: string): boolean {
  return (
    existsSync(join(folder, 'pnpm-workspace.yaml')) ||
    existsSync(join(folder, 'nx.json')) ||
    readJson(join(folder, 'package.json')).workspaces !== undefined
  );
}

function* ancestors(folder: string): Generator<string> {
  let at = folder;
  for (; basename(at) !== ''; at = dirname(at)) yield at;
  yield at;
}

function readJson(path: string): Record<string, unknown> {
  const value = existsSync(path) ? parseJsonc(readFileSync(path, 'utf8')) : undefined;
  return isObject(value) ? value : {};
}
