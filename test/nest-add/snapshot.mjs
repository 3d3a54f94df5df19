import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Names and contents of all files of the application itself. */
export function snapshot(home) {
  const skipped = /^(node_modules|dist|coverage|\.git|\.nx|\.yarn)$|\.tsbuildinfo$|^test-report/;
  const files = new Map();
  const walk = (folder) => {
    for (const entry of readdirSync(join(home, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (skipped.test(entry.name)) continue;
      if (entry.isDirectory()) walk(path);
      else
        files.set(
          path,
          createHash('sha256')
            .update(readFileSync(join(home, path)))
            .digest('hex'),
        );
    }
  };
  walk('.');
  return files;
}

export const differing = (a, b) =>
  [...new Set([...a.keys(), ...b.keys()])]
    .filter((path) => a.get(path) !== b.get(path))
    .toSorted((one, other) => one.localeCompare(other));
