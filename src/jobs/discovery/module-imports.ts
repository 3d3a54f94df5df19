import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { FledgeError } from '../values/errors.js';
import { isObject } from '../values/readers.js';

/**
 * Refuses a global module that is configured more than once, because each configuration would be a module of its own.
 *
 * @throws FledgeError `FLEDGE_MODULE_TWICE`
 */
export function refuseSecondModule(container: ModulesContainer, moduleClass: Type): void {
  const count = [...container.values()].filter(({ metatype }) => metatype === moduleClass).length;
  if (count < 2) return;
  const { name } = moduleClass;
  throw new FledgeError(
    'FLEDGE_MODULE_TWICE',
    `${name}.forRoot() or forRootAsync() is imported ${count} times${importedBy(container, moduleClass)}. Each would open its own store, with its own options and middleware. Import it once, in the root module, and remove the others. ${name} is global, so every module can inject its services.`,
  );
}

/** Returns the error for a module that was imported without its options. */
export function withoutForRoot(container: ModulesContainer, moduleClass: Type): FledgeError {
  const { name } = moduleClass;
  const importers = importedPlainBy(container, moduleClass);
  return new FledgeError(
    'FLEDGE_MODULE_WITHOUT_FORROOT',
    `${name} is imported without forRoot()${importers}. Import ${name}.forRoot({ … }) once, in the root module, and remove ${name} from the imports of other modules. It is global, so every module can inject its services.`,
  );
}

/** Returns `, by A and B` with the modules that import a module with options, or an empty text. */
export function importedBy(container: ModulesContainer, moduleClass: Type): string {
  return by(importersOf(container, (entry) => isObject(entry) && entry.module === moduleClass));
}

/** Returns `, by A and B` with the modules that import a module without options, or an empty text. */
export function importedPlainBy(container: ModulesContainer, moduleClass: Type): string {
  return by(importersOf(container, (entry) => entry === moduleClass));
}

function by(importers: readonly string[]): string {
  return importers.length === 0 ? '' : `, by ${importers.join(' and ')}`;
}

/**
 * Returns the names of the modules whose `imports` name a module. Nest's own list is of no use, because it makes every module
 * import the global ones.
 */
function importersOf(container: ModulesContainer, matches: (entry: unknown) => boolean): string[] {
  return [...container.values()]
    .filter(({ metatype }) => {
      const imports: unknown = Reflect.getMetadata('imports', metatype);
      return Array.isArray(imports) && imports.some(matches);
    })
    .map(({ name }) => name);
}
