import { constants, type Stats } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isInside } from '../../mail/path-inside.js';
import type { Refuse } from '../../mail/field-limits.js';

/**
 * Opens a file whose real path is inside one of the roots. Neither `..` nor a symbolic link leads out of them.
 *
 * @throws what `refuse` throws; the file system's errors for a file that cannot be read
 */
export async function openConfined(
  path: string,
  roots: readonly string[],
  refuse: Refuse,
): Promise<{ file: FileHandle; stats: Stats }> {
  if (roots.length === 0)
    refuse(
      'its path needs a folder that attachments may come from. Set attachments.roots of MailersModule.forRoot',
    );
  if (typeof path !== 'string' || path.includes('\0')) refuse('its path is not a path');
  const real = await locate(path, roots, refuse);
  // This is the real path. If its last part has become a link in the meantime, the link is not followed.
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const stats = await file.stat();
  if (stats.isFile()) return { file, stats };
  await file.close();
  return refuse('its path is not a file');
}

async function locate(path: string, roots: readonly string[], refuse: Refuse): Promise<string> {
  let missing: unknown;
  let leadsOut = false;
  for (const root of roots) {
    const folder = await realpath(root);
    const named = resolve(folder, path);
    // Outside the roots, an existing file and a missing file get the same error, which reveals nothing about them.
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
