import type { Rule, SchematicContext } from '@angular-devkit/schematics';
import { Application } from '../application.js';
import { addBundlerEntry } from '../build/nest-bundler.js';
import { addNxTargets } from '../build/nx-build.js';
import { execCommand, runCommand } from '../commands.js';
import { extendManifest } from '../manifest.js';
import { scriptsOf } from '../worker-scripts.js';
import { addEcs } from '../ship/ecs.js';
import { addShipping } from '../ship/index.js';
import { canUseTemplates } from '../templates.js';
import { render } from '../text/texts.js';
import { addVariables } from './environment.js';
import { refusePnpmBuild } from './pnpm-builds.js';
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
  readonly codebuild?: boolean;
}

/** What `addTo` did to the files of an application. */
export interface Added {
  /** What the user must know or do. */
  readonly notes: readonly string[];
  /** False if all was there already. */
  readonly changed: boolean;
  /** Whether package.json has new packages to install. */
  readonly hasNewPackages: boolean;
  /** Whether a present package has a version that does not fit. npm installs nothing until it is upgraded. */
  readonly hasMisfits: boolean;
}

/** Runs `nest add nestjs-fledge`. It adds what is missing and keeps what exists, so that a second run changes nothing. */
export function nestAdd(options: NestAddOptions = {}): Rule {
  return async (tree, context) => {
    const app = await new Application(tree, process.cwd(), options.sourceRoot).open();
    const added = await addTo(app, options);
    if (added.hasNewPackages && !options.skipInstall) install(context, app);
    for (const note of added.notes) context.logger.warn(note);
    // Nest's command writes the files after this line, or never, with --dry-run.
    context.logger.info(
      added.changed ? nextSteps(app, options) : 'Fledge is already installed. Nothing was changed.',
    );
  };
}

/** Adds Fledge to the files of an application, without installing packages. */
export async function addTo(app: Application, options: NestAddOptions): Promise<Added> {
  if (options.codebuild && options.skipDocker)
    throw new Error('--codebuild needs the files for Docker. Remove --codebuild or --skip-docker.');
  const root = findRootModule(app, options.module);
  if (!root) {
    throw new Error(
      `No root module was found below ${app.sourceRoot.slice(1)}. Pass its file: --module=app/app.module.ts`,
    );
  }
  const notes: string[] = [];
  const withTemplates = !options.skipSample && canUseTemplates(app);
  const { added, misfits } = await extendManifest(app, withTemplates);
  notes.push(...misfits, ...(await refusePnpmBuild(app)));
  notes.push(...(await importModules(app, root)), ...(await addWorker(app, root)));
  notes.push(...(await addBundlerEntry(app)), ...(await addNxTargets(app)));
  if (!options.skipSample) notes.push(...(await addSamples(app, root, withTemplates)));
  await addVariables(app);
  if (!options.skipDocker) notes.push(...(await addShipping(app, options)));
  if (options.ecs && app.above === undefined) notes.push(...(await addEcs(app)));
  return {
    notes,
    changed: app.changed,
    hasNewPackages: added.length > 0,
    hasMisfits: misfits.length > 0,
  };
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
  await app.add(app.file('config/jobs.yml'), render('jobs.yml', { worker: app.compiled('main-worker') }));
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

const samples = `To enqueue the samples, inject JobsService and MailersService into a provider:
  await jobs.enqueue(GreetJob, { name: 'Ada' });
  await mailers.for(UserMailer).welcome({ name: 'Ada', email: 'ada@example.test' }).deliverLater();`;

/** Returns the commands that make a first job and mailer. */
function generate(app: Application): string {
  const { nx, nest } = app.place;
  const project = nest?.name === undefined || nest.isDefault ? '' : ` --project ${nest.name}`;
  const line = (kind: string, name: string): string =>
    `  ${execCommand(app, nx ? `nx g nestjs-fledge:${kind} ${name} --project=${nx.name}` : `nest g -c nestjs-fledge ${kind} ${name}${project}`)}`;
  return `To make a job and a mailer:\n${line('job', 'import-csv')}\n${line('mailer', 'receipt')}`;
}

/** Returns what to do next. It is also printed before the files are written, so it must not say that they are. */
export function nextSteps(app: Application, { skipSample }: NestAddOptions): string {
  const folder = app.place.folder === '/' ? '' : ` In ${app.place.folder.slice(1)}:`;
  const lint = app.uses('eslint')
    ? `\nIf an ESLint plugin sorts your imports, run once: ${execCommand(app, `eslint --fix ${app.sourceRoot.slice(1)}`)}`
    : '';
  return `
${skipSample ? generate(app) : samples}
Without JOBS_URL, jobs run in the web process. With Redis, they run in a worker.${folder}
  export JOBS_URL=redis://localhost:6379
  ${startCommands(app).join('    and    ')}
The page /mails shows the previews of mails, and /mails/mailbox the sent mails.
Read docs/nest-add.md, docs/operations.md and docs/migrating.md in node_modules/nestjs-fledge.${lint}`;
}

function startCommands(app: Application): string[] {
  const { nest, nx } = app.place;
  if (nx) return ['serve', 'serve-worker'].map((target) => execCommand(app, `nx run ${nx.name}:${target}`));
  const scripts = Object.keys(scriptsOf(app));
  const all = scripts.find((name) => name.startsWith('start:all'));
  if (all !== undefined) return [runCommand(app, all)];
  const worker = scripts.find((name) => name.endsWith(':dev')) ?? scripts[0] ?? '';
  const isDefault = nest?.name === undefined || nest.isDefault;
  const web = isDefault ? runCommand(app, 'start:dev') : execCommand(app, `nest start ${nest.name} --watch`);
  return [...(app.manifest.scripts?.['start:dev'] || !isDefault ? [web] : []), runCommand(app, worker)];
}
