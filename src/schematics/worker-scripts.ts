import type { Application } from './application.js';
import { watchScript } from './watch-script.js';

/** Returns the scripts of package.json that start a worker. An Nx project has targets in their place. */
export function scriptsOf(app: Application): Record<string, string> {
  const { nest, nx } = app.place;
  if (nx) return {};
  const isOther = nest?.name !== undefined && !nest.isDefault;
  const name = isOther ? `start:worker-${nest.name}` : 'start:worker';
  // Nest's shell would not pass SIGTERM on, so the worker would keep running.
  const start = `nest start ${isOther ? `${nest.name} ` : ''}--no-shell --entryFile main-worker`;
  return {
    ...(app.hasNestCommand ? { [name]: start, [`${name}:dev`]: `${start} --watch` } : {}),
    ...(isOther
      ? { [`start:all-${nest.name}:dev`]: `nest start ${nest.name} --watch --exec "fledge dev"` }
      : watchScript(app)),
    [`${name}:prod`]: `node ${app.compiled('main-worker')}`,
  };
}
