import { isAbsolute, relative, sep } from 'node:path';

/** Whether a path is a folder's, or below it. Of real paths: symbolic links are not followed here. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
