// Removes source maps from the published folders, and the comments that refer to them. The package does not contain
// the sources, so a debugger or an error tracker would not find them. `nest start` builds with maps and shows lines
// of TypeScript in development.
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const published = ['cli', 'client', 'jobs', 'mailers', 'schematics', 'testing'];
const comment = /^\/\/# sourceMappingURL=.*\n?/m;

for (const folder of published) {
  for (const file of readdirSync(join(dist, folder), { recursive: true, encoding: 'utf8' })) {
    const path = join(dist, folder, file);
    if (file.endsWith('.map')) rmSync(path);
    if (!file.endsWith('.js')) continue;
    const text = readFileSync(path, 'utf8');
    if (!comment.test(text)) continue;
    // The rename is atomic, so a process that is loading the file reads all of it.
    writeFileSync(`${path}.new`, text.replace(comment, ''));
    renameSync(`${path}.new`, path);
  }
}
