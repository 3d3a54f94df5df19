import { isAbsolute, relative, sep } from 'node:path';

/** Returns true if a path is the folder or below it. Both must be real paths, because symbolic links are not followed here. */
export function isInside(folder: string, path: string): boolean {
  const fromFolder = relative(folder, path);
  return fromFolder !== '..' && !fromFolder.startsWith(`..${sep}`) && !isAbsolute(fromFolder);
}
