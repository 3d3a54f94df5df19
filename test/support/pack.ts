import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Packed {
  readonly filename: string;
  readonly files: { readonly path: string }[];
}

/** Packs what `npm publish` would send into `folder`. It uses dist, which npm test has built. */
export async function pack(folder: string): Promise<Packed> {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', args, { cwd: root });
  return (JSON.parse(stdout) as Packed[])[0]!;
}

/** Installs into `folder`, with `packages` in addition to its package.json. */
export async function install(folder: string, ...packages: string[]): Promise<void> {
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await run('npm', ['install', ...quiet, ...packages], { cwd: folder });
}
