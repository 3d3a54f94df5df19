// Removes source maps from what is published, and the comments that point to them: the sources they lead to are not in the
// package, so that a debugger or an error tracker would look for them in vain. `nest start` builds with maps, and so shows
// lines of TypeScript in development.
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const published = ['cli', 'jobs', 'mailers', 'schematics', 'testing'];
const comment = /^\/\/# sourceMappingURL=.*\n?/m;

for (const folder of published) {
  for (const file of readdirSync(join(dist, folder), { recursive: true, encoding: 'utf8' })) {
    const path = join(dist, folder, file);
    if (file.endsWith('.map')) rmSync(path);
    if (!file.endsWith('.js')) continue;
    const text = readFileSync(path, 'utf8');
    if (!comment.test(text)) continue;
    // In one step: a process that is loading it right now reads all of it.
    writeFileSync(`${path}.new`, text.replace(comment, ''));
    renameSync(`${path}.new`, path);
  }
}
