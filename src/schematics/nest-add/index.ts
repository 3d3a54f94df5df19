import type { Rule, SchematicContext, Tree } from '@angular-devkit/schematics';
import { Application } from '../application.js';
import { extendManifest } from '../manifest.js';
import { addEcs } from '../ship/ecs.js';
import { addShipping } from '../ship/index.js';
import { canUseTemplates } from '../templates.js';
import { render } from '../text/texts.js';
import { watchScript } from '../watch-script.js';
import { addVariables } from './environment.js';
import { findRootModule, importModules, type RootModule } from './root-module.js';
import { addSamples } from './samples.js';
import { workerEntry, type WorkerEntry } from './worker-entry.js';

export interface NestAddOptions {
  readonly sourceRoot?: string;
  readonly module?: string;
  readonly skipInstall?: boolean;
  readonly skipSample?: boolean;
  readonly skipDocker?: boolean;
  readonly ecs?: boolean;
}

/** Runs `nest add nestjs-fledge`. It adds what is missing and keeps what exists, so that a second run changes nothing. */
export function nestAdd(options: NestAddOptions = {}): Rule {
  return (tree, context) => addTo(tree, context, options, process.cwd());
}

/** @param packages the directory where the application's own TypeScript and Prettier are found */
export async function addTo(
  tree: Tree,
  context: SchematicContext,
  options: NestAddOptions,
  packages: string,
): Promise<void> {
  const app = await new Application(tree, packages, options.sourceRoot).open();
  const root = findRootModule(app, options.module);
  if (!root) {
    throw new Error(
      `No root module was found below ${app.sourceRoot.slice(1)}. Pass its file: nest add nestjs-fledge --module=app/app.module.ts`,
    );
  }
  const notes: string[] = [];
  const withTemplates = !options.skipSample && canUseTemplates(app);
  const { added, misfits } = await extendManifest(app, withTemplates);
  notes.push(...misfits);
  notes.push(...(await importModules(app, root)), ...(await addWorker(app, root)));
  if (!options.skipSample) notes.push(...(await addSamples(app, root, withTemplates)));
  await addVariables(app);
  if (!options.skipDocker) notes.push(...(await addShipping(app)));
  if (options.ecs) notes.push(...(await addEcs(app)));
  if (added.length > 0 && !options.skipInstall) install(context, app);
  for (const note of notes) context.logger.warn(note);
  context.logger.info(app.changed ? nextSteps(app) : 'Fledge is already installed. Nothing was changed.');
}

async function addWorker(app: Application, root: RootModule): Promise<string[]> {
  const path = `${app.sourceRoot}/main-worker.ts`;
  const mainPath = `${app.sourceRoot}/main.ts`;
  const main = app.source(mainPath);
  const values = { moduleName: root.name, modulePath: app.importPath(path, root.path) };
  const entry = main && workerEntry(main, { name: root.name, path: values.modulePath, style: app.style });
  const added = entry
    ? await app.addCode(path, entry.text)
    : await app.add(path, render('main-worker.ts', values));
  await app.add('/config/jobs.yml', render('jobs.yml'));
  if (added) return stepsLeft(mainPath, path, entry);
  if (app.read(path)?.includes('runWorker')) return [];
  return [
    `${path.slice(1)} was not changed and does not start a worker. Call runWorker(${root.name}) of nestjs-fledge in it.`,
  ];
}

/** Returns a note with what main.ts does before it creates the application and the worker does not. */
function stepsLeft(main: string, worker: string, entry: WorkerEntry | undefined): string[] {
  const doIt = `If the worker needs it, add it to ${worker.slice(1)} before runWorker.`;
  if (!entry)
    return [
      `${main.slice(1)} could not be read, so what it does before NestFactory.create was not copied. ${doIt}`,
    ];
  if (entry.left.length === 0) return [];
  const lines = entry.left.map(({ code, why }) => `  ${code}\n    Not copied: ${why}.`);
  return [`${main.slice(1)} does this before NestFactory.create. ${doIt}\n${lines.join('\n')}`];
}

/** Adds an installation task. It runs after the files are written, and does not run with --dry-run. */
function install(context: SchematicContext, app: Application): void {
  const options = { command: 'install', packageManager: app.packageManager, allowScripts: true, quiet: true };
  context.addTask({ toConfiguration: () => ({ name: 'node-package', options }) });
}

function nextSteps(app: Application): string {
  const run = app.packageManager === 'npm' ? 'npm run' : `${app.packageManager} run`;
  const scripts = { ...app.manifest.scripts, ...watchScript(app) };
  const inDevelopment =
    scripts['start:all:dev'] === undefined
      ? `${run} start:dev    and    ${run} start:worker:dev`
      : `${run} start:all:dev`;
  const lint =
    app.packages.eslint === undefined
      ? ''
      : '\nIf an ESLint plugin sorts your imports, run once: npx eslint --fix src';
  return `
Fledge is installed. To enqueue the samples, inject JobsService and MailersService into a provider:
  await jobs.enqueue(GreetJob, { name: 'Ada' });
  await mailers.for(UserMailer).welcome({ name: 'Ada', email: 'ada@example.test' }).deliverLater();
Without JOBS_URL, jobs run in the web process. With Redis, they run in a worker:
  export JOBS_URL=redis://localhost:6379
  ${inDevelopment}
The page /mails shows the previews of mails, and /mails/mailbox the sent mails.
Read docs/nest-add.md, docs/operations.md and docs/migrating.md in node_modules/nestjs-fledge.${lint}`;
}
