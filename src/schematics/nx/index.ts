import type { Rule, SchematicContext, Tree } from '@angular-devkit/schematics';
import { Application } from '../application.js';
import type { ProviderOptions } from '../generator.js';
import { install } from '../init/install.js';
import { job as jobRule } from '../job/index.js';
import { mailer as mailerRule } from '../mailer/index.js';
import { addTo, nextSteps, type NestAddOptions } from '../nest-add/index.js';
import { preview as previewRule } from '../preview/index.js';
import { findPlace, placeIn, type Place } from '../place/place.js';
import { schedule as scheduleRule } from '../schedule/index.js';
import type { Files } from '../tree/files.js';
import { filesOfNx, type NxTree } from '../tree/nx-files.js';

interface InProject {
  readonly project?: string;
  readonly sourceRoot?: string;
}

/**
 * Runs `nx g nestjs-fledge:init --project=api`, and the second part of `nx add nestjs-fledge`.
 *
 * @returns what Nx does after it has written the files. With --dry-run it does nothing
 */
export async function init(tree: NxTree, options: NestAddOptions & InProject): Promise<() => Promise<void>> {
  const files = filesOfNx(tree);
  const app = await new Application(files, tree.root, placeOf(files, options)).open();
  const added = await addTo(app, options);
  for (const note of added.notes) console.warn(note);
  if (!added.changed) console.log('Fledge is already installed. Nothing was changed.');
  return async () => {
    if (added.hasNewPackages && !added.hasMisfits && !options.skipInstall) await install(app, false);
    if (added.changed) console.log(nextSteps(app, options));
  };
}

export const job = inNx(jobRule);
export const mailer = inNx(mailerRule);
export const schedule = inNx(scheduleRule);
export const preview = inNx(previewRule);

/** Makes a generator of Nx from a schematic that only reads and writes files, and logs. */
function inNx(
  schematic: (options: ProviderOptions) => Rule,
): (tree: NxTree, options: ProviderOptions & InProject) => Promise<void> {
  return async (tree, { project, ...options }) => {
    const files = filesOfNx(tree);
    const { sourceRoot } = placeOf(files, { project, sourceRoot: options.sourceRoot });
    const logger = { warn: (text: string) => console.warn(text), info: (text: string) => console.log(text) };
    const rule = schematic({ ...options, sourceRoot: sourceRoot.slice(1) });
    await rule(files as unknown as Tree, { logger } as unknown as SchematicContext);
  };
}

function placeOf(files: Files, { project, sourceRoot }: InProject): Place {
  return sourceRoot === undefined ? findPlace(files, '/', project) : placeIn(files, '/', sourceRoot);
}
