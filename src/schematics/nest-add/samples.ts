import { posix } from 'node:path';
import type { Application } from '../application.js';
import { filesOfClass } from '../existing-class.js';
import {
  classNameOf,
  fileOf,
  previewOf,
  register,
  writeJob,
  writeMailer,
  type Provider,
} from '../provider.js';
import { addLayout } from '../templates.js';
import type { RootModule } from './root-module.js';

/**
 * Writes the sample job and the sample mailer with its template and preview, and registers them in the root module. A sample
 * is left out if the application has a class of its name.
 *
 * @returns notes for the user
 */
export async function addSamples(
  app: Application,
  root: RootModule,
  withTemplates: boolean,
): Promise<string[]> {
  const job: Provider = {
    kind: 'job',
    path: posix.join(app.sourceRoot, 'jobs/greet'),
    verb: 'Hello',
    field: 'name',
    value: 'Ada',
  };
  const mailer: Provider = { kind: 'mailer', path: posix.join(app.sourceRoot, 'mailers/user') };
  const classes = [job, mailer, previewOf(mailer)];
  const notes = classes.flatMap((one) => [...elsewhere(app, one), ...inItsFile(app, one)]);
  if (isFree(app, job)) await writeJob(app, job, true);
  if ([mailer, previewOf(mailer)].every((one) => isFree(app, one))) {
    await writeMailer(app, mailer, true, withTemplates);
    if (withTemplates) await addLayout(app);
  }
  const present = classes.filter((one) => app.tree.exists(fileOf(one)) && isOfFledge(app, one));
  const refused = present.length > 0 ? await register(app, root.path, present, root.name) : undefined;
  return refused === undefined ? notes : [...notes, refused];
}

/** Returns whether a sample can be written, because no class has its name and its file does not exist. */
function isFree(app: Application, sample: Provider): boolean {
  return !app.tree.exists(fileOf(sample)) && filesOfClass(app, classNameOf(sample)).length === 0;
}

/** Returns whether a sample's file uses Fledge. Otherwise it is the application's own, such as a mailer of another package. */
function isOfFledge(app: Application, sample: Provider): boolean {
  return app.read(fileOf(sample))?.includes('nestjs-fledge') === true;
}

function inItsFile(app: Application, sample: Provider): string[] {
  const path = fileOf(sample);
  if (!app.tree.exists(path) || isOfFledge(app, sample)) return [];
  return [`The sample ${classNameOf(sample)} was not written, because ${path.slice(1)} exists.`];
}

function elsewhere(app: Application, sample: Provider): string[] {
  const name = classNameOf(sample);
  return filesOfClass(app, name)
    .filter((path) => path !== fileOf(sample))
    .map((path) => `The sample ${name} was not written, because ${path.slice(1)} has a class of this name.`);
}
