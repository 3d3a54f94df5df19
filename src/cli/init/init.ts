import {
  init as initialise,
  type Change,
  type Initialised,
  type InitOptions,
} from '../../schematics/init/index.js';
import { refuseEmpty, refuseRest } from '../shell/arguments.js';
import { defineCommand, exit } from '../shell/command.js';
import type { Output } from '../shell/output.js';

const usage = 'fledge init [options]';

export const init = defineCommand({
  name: 'init',
  summary: 'adds Fledge to the application in this folder, in every kind of workspace',
  usages: [''],
  about: [
    'Installs the packages that are missing, and adds the modules, the worker, a sample job and mailer, and files for Docker. It adds what is missing and overwrites nothing, so it can run again. Run it in the folder of the application, or in the root of its workspace with --project.',
    'It does the same as `nest add nestjs-fledge`. It also works with pnpm, in workspaces and without the Nest command.',
  ],
  flags: {
    project: {
      type: 'string',
      value: 'name',
      help: 'the application, by its name in nest-cli.json, project.json or package.json, or by its folder',
    },
    module: {
      type: 'string',
      value: 'file',
      help: 'the file of the root module, if main.ts does not start it',
    },
    'source-root': { type: 'string', value: 'folder', help: 'the folder of the sources, if it is not found' },
    'skip-sample': { type: 'boolean', help: 'writes no sample job, mailer or tests' },
    'skip-docker': { type: 'boolean', help: 'writes nothing for Docker' },
    'skip-install': { type: 'boolean', help: 'writes package.json, but installs nothing' },
    codebuild: { type: 'boolean', help: 'also writes buildspec.yml for AWS CodeBuild' },
    ecs: { type: 'boolean', help: 'also writes infra/template.yaml for AWS ECS, and buildspec.yml' },
    'dry-run': { type: 'boolean', help: 'lists the files and changes nothing' },
  },
  exits: '0 done, 1 the application was not found, or its packages were not installed',
  async run({ values, words, output }) {
    refuseEmpty(values);
    refuseRest(words, usage);
    const options: InitOptions = {
      project: values.project,
      module: values.module,
      sourceRoot: values['source-root'],
      skipSample: values['skip-sample'],
      skipDocker: values['skip-docker'],
      skipInstall: values['skip-install'],
      codebuild: values.codebuild,
      ecs: values.ecs,
      dryRun: values['dry-run'],
    };
    await report(options, values.json === true, output);
    return exit.ok;
  },
});

async function report(options: InitOptions, isJson: boolean, output: Output): Promise<void> {
  const print = isJson ? () => undefined : output.print;
  const list = (changes: readonly Change[]): void => {
    if (changes.length > 0) print(changes.map(({ kind, path }) => `${kind.toUpperCase()} ${path}`));
  };
  const done = await initialise(process.cwd(), options, list, isJson);
  const { sourceRoot, changes, notes, installed, failure } = done;
  const dryRun = options.dryRun === true;
  if (failure !== undefined) {
    // A second run finds the files and repeats only a part of the notes.
    print(notes.flatMap((note) => ['', ...note.split('\n')]));
    throw new Error(failure);
  }
  output.show({ sourceRoot, files: changes, notes, installed: installed ?? null, dryRun }, () => [
    ...notes.flatMap((note) => ['', ...note.split('\n')]),
    '',
    ...(dryRun ? ['Nothing was changed, because of --dry-run.'] : outcomeOf(done)),
  ]);
}

function outcomeOf({ sourceRoot, changes, hasMisfits, nextSteps }: Initialised): string[] {
  if (changes.length === 0) return ['Fledge is already installed. Nothing was changed.'];
  const steps = nextSteps.split('\n');
  if (hasMisfits)
    return [`The files are in ${sourceRoot}. Upgrade the packages that do not fit, as above.`, ...steps];
  return [`Fledge is in ${sourceRoot}.`, ...steps];
}
