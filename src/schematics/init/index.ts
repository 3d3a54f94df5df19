import { relative, sep } from 'node:path';
import { Application } from '../application.js';
import { addTo, nextSteps, type NestAddOptions } from '../nest-add/index.js';
import { packageFolder } from '../place/manifests.js';
import { findPlace, placeIn } from '../place/place.js';
import { workspaceRoot } from '../place/workspace.js';
import { DiskFiles, type Change } from '../tree/disk-files.js';
import { install } from './install.js';

export type { Change } from '../tree/disk-files.js';

export interface InitOptions extends NestAddOptions {
  /** A name in nest-cli.json, project.json or package.json, or a folder. */
  readonly project?: string;
  readonly dryRun?: boolean;
}

/** What `init` did. */
export interface Initialised {
  /** The workspace's root on this machine. */
  readonly root: string;
  /** The folder of the application's sources, from the root. */
  readonly sourceRoot: string;
  readonly changes: readonly Change[];
  /** What the user must know or do. */
  readonly notes: readonly string[];
  /** The command that installed the packages. Undefined if nothing was installed. */
  readonly installed: string | undefined;
  /** Why the packages were not installed. The files were written anyway. */
  readonly failure: string | undefined;
  /** Whether a present package has a version that does not fit. A note has the command that upgrades it. */
  readonly hasMisfits: boolean;
  readonly nextSteps: string;
}

/**
 * Does what `nest add` does, on the files of this machine: it needs no Nest command, and works in every workspace.
 *
 * @param cwd where the command runs: in the application's folder, or in its workspace's root
 * @param report receives the changes before packages are installed
 * @param isQuiet whether the package manager's own output is hidden
 * @throws Error if the application is not found
 */
export async function init(
  cwd: string,
  options: InitOptions,
  report: (changes: readonly Change[]) => void,
  isQuiet = false,
): Promise<Initialised> {
  const root = workspaceRoot(cwd);
  const files = new DiskFiles(root);
  const at = `/${relative(root, cwd).split(sep).join('/')}`;
  const place =
    options.sourceRoot === undefined
      ? findPlace(files, at, options.project)
      : placeIn(files, packageFolder(files, at) ?? at, options.sourceRoot);
  const app = await new Application(files, root, place).open();
  const added = await addTo(app, options);
  const { changes } = files;
  report(changes);
  if (!options.dryRun) files.write();
  const canInstall = added.hasNewPackages && !added.hasMisfits && !options.skipInstall && !options.dryRun;
  const outcome = canInstall ? await install(app, isQuiet) : undefined;
  return {
    root,
    sourceRoot: app.sourceRoot.slice(1),
    changes,
    notes: added.notes,
    installed: outcome?.failure === undefined ? outcome?.line : undefined,
    failure: outcome?.failure,
    hasMisfits: added.hasMisfits,
    nextSteps: nextSteps(app, options),
  };
}
