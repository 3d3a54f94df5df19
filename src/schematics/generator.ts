import type { Rule } from '@angular-devkit/schematics';
import { posix } from 'node:path';
import { Application } from './application.js';
import { filesOfClass } from './existing-class.js';
import { readName } from './provider-name.js';
import {
  classNameOf,
  fileOf,
  previewOf,
  register,
  writeJob,
  writeMailer,
  type Provider,
} from './provider.js';
import { usesTemplates } from './templates.js';

export interface ProviderOptions {
  readonly name?: string;
  readonly path?: string;
  readonly sourceRoot?: string;
  readonly module?: string;
  readonly spec?: boolean;
  readonly skipImport?: boolean;
}

/** Runs a generator, and logs its notes as warnings. */
export function generator(
  options: ProviderOptions,
  make: (app: Application) => Promise<readonly string[]>,
): Rule {
  return async (tree, { logger }) => {
    const app = await new Application(tree, process.cwd(), options.sourceRoot).open();
    for (const note of await make(app)) logger.warn(note);
  };
}

/** Runs `nest g -c nestjs-fledge job import-csv`: writes the class and its test, and registers it in the nearest module. */
export function generate(kind: 'job' | 'schedule' | 'mailer', options: ProviderOptions): Rule {
  return generator(options, async (app) => {
    const { folder = usualFolder(app, kind), base } = readName(
      kind,
      options.name,
      options.path,
      app.sourceRoot,
    );
    const provider: Provider = { kind, path: posix.join(app.sourceRoot, folder, base) };
    const classes = kind === 'mailer' ? [provider, previewOf(provider)] : [provider];
    const notes = classes.flatMap((one) => refuseSecond(app, one));
    const withTest = options.spec !== false;
    if (notes.length === 0 && kind === 'mailer')
      await writeMailer(app, provider, withTest, usesTemplates(app));
    else if (notes.length === 0) await writeJob(app, provider, withTest);
    const written = classes.filter((one) => app.tree.exists(fileOf(one)));
    return [...notes, ...(await registerAll(app, written, options))];
  });
}

/**
 * Refuses to write a class whose name another class of the application has. Stored jobs and mails contain the name, so two
 * classes with one name could run each other's jobs.
 *
 * @returns a note if the file exists that would be written
 */
function refuseSecond(app: Application, provider: Provider): string[] {
  const name = classNameOf(provider);
  const file = fileOf(provider);
  const [other] = filesOfClass(app, name).filter((path) => path !== file);
  if (other !== undefined)
    throw new Error(`${name} already exists in ${other.slice(1)}. ${adviceFor(provider)}`);
  if (!app.tree.exists(file)) return [];
  return [`${file.slice(1)} already exists and was not changed. ${adviceFor(provider)}`];
}

function adviceFor(provider: Provider): string {
  const name = classNameOf(provider);
  switch (provider.kind) {
    case 'schedule':
      return `To run it at fixed times, add cron: '0 3 * * *' to its @Job(), or schedule(${name}, payload, { name, cron }) to JobsModule.forRoot({ schedules }). For another job, choose another name.`;
    case 'mailer':
      return 'Add a method to it for another mail, or choose another name for another mailer.';
    default:
      return 'Change it, or choose another name for another class.';
  }
}

/** Returns the folder of `nest add` if the application has such classes there, and the source root otherwise. */
function usualFolder(app: Application, kind: 'job' | 'schedule' | 'mailer'): string {
  const [folder, ending] = kind === 'mailer' ? ['mailers', '.mailer.ts'] : ['jobs', '.job.ts'];
  const { subfiles } = app.tree.getDir(posix.join(app.sourceRoot, folder));
  return subfiles.some((file) => file.endsWith(ending)) ? folder : '';
}

/** Adds classes to the nearest module, or to the module that the options name. @returns notes for the user */
export async function registerAll(
  app: Application,
  providers: readonly Provider[],
  options: ProviderOptions,
): Promise<string[]> {
  const [first] = providers;
  if (options.skipImport || !first) return [];
  const folder = posix.dirname(first.path);
  const module = options.module ? posix.join(app.sourceRoot, options.module) : nearestModule(app, folder);
  if (module !== undefined)
    return [await register(app, module, providers)].filter((note) => note !== undefined);
  const classes = providers.map(classNameOf).join(' and ');
  return [`No module was found in ${folder.slice(1)} or above it. Register ${classes} yourself.`];
}

/** Returns the module of the folder or of the nearest folder above it, up to the root module. */
function nearestModule(app: Application, folder: string): string | undefined {
  for (let at = folder; at.startsWith(app.sourceRoot); at = posix.dirname(at)) {
    const modules = app.tree.getDir(at).subfiles.filter((file) => file.endsWith('.module.ts'));
    const own = modules.find((file) => file === `${posix.basename(at)}.module.ts`);
    const root = app.rootModule()?.path;
    const rooted = modules.find((file) => posix.join(at, file) === root);
    const chosen = own ?? rooted ?? (modules.length === 1 ? modules[0] : undefined);
    if (chosen !== undefined) return posix.join(at, chosen);
  }
  return app.rootModule()?.path;
}
