// npm run check:nest-add: creates real applications and adds the package of this working tree with `nest add`. Each
// must still build, format, lint and pass its tests, and its sample job must run in a worker. See README.md here.
import { join } from 'node:path';
import { checkApplication } from './application.mjs';
import { checkEach } from './frame.mjs';
import { startPostgres } from './postgres.mjs';
import { startingPoints } from './starting-points.mjs';
import { checkWorkspace } from './workspace.mjs';
import { workspacePoints } from './workspace-points.mjs';

await checkEach({
  title: 'nest-add',
  applications: { ...startingPoints, ...workspacePoints },
  options: { git: { type: 'string', default: 'https://github.com/{owner}/{name}.git' } },
  check: async ({ name, application: point, folder, tarball, servers, values }) => {
    const home = join(folder, name);
    if (workspacePoints[name]) return checkWorkspace({ point, home, folder, tarball, servers });
    const postgres = point.postgres && (await startPostgres(point.postgres));
    try {
      await checkApplication({ point, home, tarball, servers: { ...servers, postgres }, git: values.git });
    } finally {
      await postgres?.stop();
    }
  },
});
