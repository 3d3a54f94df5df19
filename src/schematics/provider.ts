import { posix } from 'node:path';
import type { Application } from './application.js';
import { render } from './text/texts.js';
import { addToModule } from './typescript/module.js';

export type Kind = 'job' | 'mailer';

/** A job or mailer to generate. */
export interface Provider {
  readonly kind: Kind;
  /** The path without `.job.ts`, such as `/src/imports/import-csv`. */
  readonly path: string;
  /** The verb in the log line of a sample job. */
  readonly verb?: string;
  readonly field?: string;
  readonly value?: string;
}

/** Returns `import-csv` for `ImportCsv`, `importCsv` and `import_csv`. */
export function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/[\s_.]+/g, '-')
    .toLowerCase();
}

export function classNameOf({ kind, path }: Provider): string {
  const words = [...posix.basename(path).split('-'), kind];
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

export const fileOf = ({ kind, path }: Provider): string => `${path}.${kind}.ts`;

/** Writes the class and its test. */
export async function writeProvider(app: Application, provider: Provider, withTest: boolean): Promise<void> {
  const { kind, path } = provider;
  const className = classNameOf(provider);
  const values = {
    className,
    fileName: `${posix.basename(path)}.${kind}`,
    field: provider.field ?? 'id',
    verb: provider.verb ?? 'Working on',
    value: provider.value ?? '42',
    suffix: app.suffix,
    // Jest's functions are global by default, and Vitest's are not.
    runnerImport: app.testRunner === 'vitest' ? `import { describe, expect, it } from 'vitest';\n` : '',
  };
  await app.add(fileOf(provider), render(`${kind}.ts`, values));
  if (withTest && app.canTest) await app.add(`${path}.${kind}.spec.ts`, render(`${kind}-test.ts`, values));
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
