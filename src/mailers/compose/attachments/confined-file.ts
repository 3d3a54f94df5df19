import { constants, type Stats } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isInside } from '../../mail/path-inside.js';
import type { Refuse } from '../../mail/field-limits.js';

/**
 * Opens a file that is really inside of one of the roots: neither `..` nor a symbolic link leads out.
 *
 * @throws what `refuse` throws; the file system's own errors for a file that cannot be read
 */
export async function openConfined(
  path: string,
  roots: readonly string[],
  refuse: Refuse,
): Promise<{ file: FileHandle; stats: Stats }> {
  if (roots.length === 0)
    refuse(
      'attachments by path need attachments.roots of MailersModule.forRoot: the folders that they may come from',
    );
  if (typeof path !== 'string' || path.includes('\0')) refuse('its path is no path');
  const real = await locate(path, roots, refuse);
  // The path is real: if its last part has become a link meanwhile, it is not followed.
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const stats = await file.stat();
  if (stats.isFile()) return { file, stats };
  await file.close();
  return refuse('its path is no file');
}

async function locate(path: string, roots: readonly string[], refuse: Refuse): Promise<string> {
  let missing: unknown;
  let leadsOut = false;
  for (const root of roots) {
    const folder = await realpath(root);
    const named = resolve(folder, path);
    // What is outside is not told from what is not there: neither is anybody's business.
    const isNamedInside = isInside(folder, named) || isInside(resolve(root), named);
    try {
      const real = await realpath(named);
      if (isInside(folder, real)) return real;
      leadsOut ||= isNamedInside;
    } catch (error) {
      if (isNamedInside) missing = error;
    }
  }
  if (missing && !leadsOut) throw missing;
  return refuse('its path leads out of attachments.roots');
}
