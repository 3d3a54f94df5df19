import { posix } from 'node:path';
import { parseJsonc } from '../text/jsonc.js';
import type { Files } from '../tree/files.js';

/** The fields of package.json that the schematics read. */
export interface Manifest {
  readonly name?: string;
  readonly type?: string;
  readonly packageManager?: string;
  readonly workspaces?: unknown;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Returns an object of a JSON file, or undefined if there is no such file or it contains something else. */
export function readObject<T extends object>(tree: Files, path: string): Partial<T> | undefined {
  const value = tree.exists(path) ? parseJsonc(tree.readText(path)) : undefined;
  return isObject(value) ? (value as Partial<T>) : undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const readManifest = (tree: Files, folder: string): Manifest | undefined =>
  readObject<Manifest>(tree, posix.join(folder, 'package.json'));

/** Yields a folder and all folders above it, up to the root of the tree. */
export function* upward(folder: string): Generator<string> {
  yield folder;
  for (let at = folder; at !== '/';) yield (at = posix.dirname(at));
}

/**
 * Returns the folder of the package.json that lists the application's packages. In a workspace of Nx that may be the root,
 * although the application's folder has a package.json too.
 */
export function packageFolder(tree: Files, folder: string): string | undefined {
  const folders = [...upward(folder)].filter((at) => tree.exists(posix.join(at, 'package.json')));
  const listsNest = (at: string): boolean => {
    const manifest = readManifest(tree, at);
    const names = Object.keys({ ...manifest?.dependencies, ...manifest?.devDependencies });
    return names.includes('@nestjs/core') || names.includes('@nestjs/common');
  };
  return folders.find(listsNest) ?? folders[0];
}
