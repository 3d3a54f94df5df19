import type { Rule } from '@angular-devkit/schematics';
import { posix } from 'node:path';
import type { Application } from '../application.js';
import { filesOfClass } from '../existing-class.js';
import { generator, registerAll, type ProviderOptions } from '../generator.js';
import { readName } from '../provider-name.js';
import { classNameOf, fileOf, writePreview, type Provider } from '../provider.js';
import { previewedActions } from './actions.js';

/** Runs `nest g -c nestjs-fledge preview receipt`: writes the preview of ReceiptMailer, and registers it. */
export function preview(options: ProviderOptions): Rule {
  return generator(options, async (app) => {
    const { folder, base } = readName('preview', options.name, options.path, app.sourceRoot);
    const asked = folder === undefined ? undefined : posix.join(app.sourceRoot, folder);
    const mailer = findMailer(app, base, asked);
    const one: Provider = { kind: 'preview', path: posix.join(asked ?? posix.dirname(mailer), base) };
    const name = classNameOf(one);
    const [other] = filesOfClass(app, name).filter((path) => path !== fileOf(one));
    if (other !== undefined)
      throw new Error(`${name} already exists in ${other.slice(1)}. Add a method to it for each mail.`);
    const notes = app.tree.exists(fileOf(one))
      ? [`${fileOf(one).slice(1)} already exists and was not changed. Add a method to it for each mail.`]
      : await write(app, one, mailer);
    return [...notes, ...(await registerAll(app, [one], options))];
  });
}

/** @throws Error if there is no such mailer, or if it is not clear which one is meant */
function findMailer(app: Application, base: string, folder: string | undefined): string {
  const name = classNameOf({ kind: 'mailer', path: base });
  const all = filesOfClass(app, name);
  const near = all.filter((path) => posix.dirname(path) === folder);
  const [found, ...others] = near.length > 0 ? near : all;
  if (found === undefined)
    throw new Error(
      `There is no class ${name} in ${app.sourceRoot.slice(1)}. Generate it with its preview: nest g -c nestjs-fledge mailer ${base}`,
    );
  if (others.length > 0)
    throw new Error(
      `${name} exists in ${[found, ...others].map((path) => path.slice(1)).join(' and ')}. Pass the mailer's folder too, such as mailers/${base}.`,
    );
  if (!app.read(found)?.includes('@Mailer('))
    throw new Error(`${name} in ${found.slice(1)} is not a mailer of Fledge. Add @Mailer() to it.`);
  return found;
}

/** Writes the preview. @returns a note for the actions that it does not show */
async function write(app: Application, one: Provider, mailer: string): Promise<string[]> {
  const source = app.source(mailer);
  const actions = source && previewedActions(app, source, classNameOf({ ...one, kind: 'mailer' }));
  if (actions?.length === 0)
    throw new Error(
      `No action of ${mailer.slice(1)} takes a payload, so /mails shows its mails without a preview. Nothing was written.`,
    );
  const shown = actions?.filter(({ payload }) => payload !== undefined) ?? [];
  const methods = shown.map(({ name, payload }) => `  ${name}() {\n    return ${payload};\n  }`);
  await writePreview(
    app,
    one,
    mailer,
    methods.length > 0 ? methods : ['  // Add a method for each action. It returns a sample payload.'],
  );
  if (!actions) return [`TypeScript 5 or 6 was not found, so ${fileOf(one).slice(1)} has no methods yet.`];
  const left = actions.filter(({ payload }) => payload === undefined).map(({ name }) => name);
  if (left.length === 0) return [];
  return [
    `The payload's type could not be read for: ${left.join(', ')}. Add these methods to ${fileOf(one).slice(1)}. Each returns a sample payload.`,
  ];
}
