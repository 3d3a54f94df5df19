import { posix } from 'node:path';
import type { Application } from './application.js';
import { pascal, type Kind } from './provider-name.js';
import { mailsPath } from './templates.js';
import { render } from './text/texts.js';
import { addToModule } from './typescript/module.js';

/** A class to generate. */
export interface Provider {
  readonly kind: Kind;
  /** The path without `.job.ts`, such as `/src/imports/import-csv`. */
  readonly path: string;
  /** The verb in the log line of a sample job. */
  readonly verb?: string;
  readonly field?: string;
  readonly value?: string;
}

/** For each kind, the end of the file's name. The class's name ends with the same words. */
const endings: Readonly<Record<Kind, string>> = {
  job: '.job',
  schedule: '.job',
  mailer: '.mailer',
  preview: '-mailer.preview',
};

export function classNameOf({ kind, path }: Provider): string {
  return pascal(`${posix.basename(path)}${endings[kind]}`.replaceAll('.', '-'));
}

export const fileOf = ({ kind, path }: Provider): string => `${path}${endings[kind]}.ts`;

/** Returns the preview of a mailer. */
export const previewOf = ({ path }: Provider): Provider => ({ kind: 'preview', path });

/** Writes the class of a job or a schedule and its test. */
export async function writeJob(app: Application, provider: Provider, withTest: boolean): Promise<void> {
  const values = { ...commonValues(app, provider), ...sampleValues(provider) };
  await app.add(fileOf(provider), render(`${provider.kind}.ts`, values));
  await addTest(app, provider, withTest, values);
}

/**
 * Writes the class of a mailer, its test and its preview.
 *
 * @param withTemplate whether the mail's body comes from a template, which is written too
 */
export async function writeMailer(
  app: Application,
  provider: Provider,
  withTest: boolean,
  withTemplate: boolean,
): Promise<void> {
  const folder = templateFolderOf(app, provider);
  const values = {
    ...commonValues(app, provider),
    where: withTemplate ? ` Its templates are in ${folder.slice(1)}.` : '',
    body: withTemplate ? 'data: { name }' : 'text: `Hello ${name}!`',
    part: withTemplate ? 'html' : 'text',
  };
  await app.add(fileOf(provider), render('mailer.ts', values));
  await addTest(app, provider, withTest, values);
  await writePreview(app, previewOf(provider), fileOf(provider), [samplePreview]);
  if (withTemplate) await app.add(`${folder}/welcome.html.liquid`, render('welcome.html.liquid'));
}

/** The preview of the generated action. */
const samplePreview = `  welcome() {
    return { name: 'Ada Lovelace', email: 'ada@example.test' };
  }`;

/** @param methods the code of the preview's methods, in the style of Fledge's templates */
export async function writePreview(
  app: Application,
  preview: Provider,
  mailerFile: string,
  methods: readonly string[],
): Promise<void> {
  const file = fileOf(preview);
  const values = {
    className: classNameOf(preview),
    mailer: classNameOf({ ...preview, kind: 'mailer' }),
    mailerPath: app.importPath(file, mailerFile),
    methods: methods.join('\n\n'),
  };
  await app.add(file, render('preview.ts', values));
}

/** The folder of a mailer's templates: `/mails/user-mailer` for `UserMailer`, as the library derives it from the class. */
function templateFolderOf(app: Application, provider: Provider): string {
  const words = classNameOf(provider).replace(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3-$2$4');
  return mailsPath(app, words.toLowerCase());
}

async function addTest(
  app: Application,
  provider: Provider,
  withTest: boolean,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  if (!withTest || !app.canTest) return;
  const file = fileOf(provider).replace(/\.ts$/, '.spec.ts');
  await app.add(file, render(`${provider.kind}-test.ts`, values));
}

function commonValues(app: Application, provider: Provider): Record<string, string> {
  return {
    className: classNameOf(provider),
    fileName: posix.basename(fileOf(provider), '.ts'),
    suffix: app.suffix,
    // Jest's functions are global by default, and Vitest's are not.
    runnerImport: app.testRunner === 'vitest' ? `import { describe, expect, it } from 'vitest';\n` : '',
  };
}

function sampleValues({ field = 'id', verb = 'Working on', value = '42' }: Provider): Record<string, string> {
  return { field, verb, value };
}

/**
 * Adds providers to a module's file.
 *
 * @returns a note with the providers to add, if the file cannot be edited
 */
export async function register(
  app: Application,
  module: string,
  providers: readonly Provider[],
  name?: string,
): Promise<string | undefined> {
  const source = app.source(module);
  const classes = providers.map(classNameOf).join(', ');
  const byHand = (why: string) =>
    `${module.slice(1)} was not changed: ${why}. Add ${classes} to its providers.`;
  if (!source) return byHand('TypeScript 5 or 6 was not found in the application');
  const entries = providers.map((provider) => ({
    name: classNameOf(provider),
    from: app.importPath(module, fileOf(provider)),
  }));
  const edited = addToModule(source, 'providers', entries, name);
  if ('refused' in edited) return byHand(edited.refused);
  await app.change(module, edited.text);
  return undefined;
}
