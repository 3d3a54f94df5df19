import type { Application } from './application.js';

const usual = 'nest start --watch';

/**
 * Returns the script that runs the web process and a worker in watch mode. The Nest CLI compiles once and starts `fledge dev`
 * after each build. Two `nest start --watch` would delete each other's output. Empty for an application without the Nest CLI.
 */
export function watchScript(app: Application): Record<string, string> {
  const scripts = Object.values(app.manifest.scripts ?? {});
  if (!scripts.some((script) => /\bnest (?:start|build)/.test(script))) return {};
  return {
    'start:all:dev': `${ownCommand(app.manifest.scripts?.['start:dev']) ?? usual} --exec "fledge dev"`,
  };
}

/** Returns the application's own command, such as `nest start --watch --builder swc`, if an option can be added to it. */
function ownCommand(script = ''): string | undefined {
  const at = script.lastIndexOf('nest start');
  if (at === -1) return undefined;
  const words = script.slice(at).split(/\s+/);
  const isTaken = words.some((word) => /[&|;]/.test(word) || word === '--' || /^(?:-e|--exec)/.test(word));
  const isWatching = words.some((word) => ['--watch', '-w', '--watch=true'].includes(word));
  return isTaken || !isWatching ? undefined : script;
}
