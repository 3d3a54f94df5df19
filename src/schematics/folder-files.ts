import { posix } from 'node:path';

/** A folder of a tree. It is empty if it does not exist. */
interface Folder {
  readonly path: string;
  readonly subfiles: readonly string[];
  readonly subdirs: readonly string[];
  dir(name: string): Folder;
}

/** Returns the paths of all files in a folder and the folders below it, without packages, compiled files and hidden folders. */
export function filesBelow(folder: Folder): string[] {
  const own = folder.subfiles.map((name) => posix.join(folder.path, name));
  const below = folder.subdirs
    .filter((name) => name !== 'node_modules' && name !== 'dist' && !name.startsWith('.'))
    .flatMap((name) => filesBelow(folder.dir(name)));
  return [...own, ...below];
}
