import type { Insertion, Source } from './source.js';

/** A name and the module that it is imported from. */
export interface NamedImport {
  readonly name: string;
  readonly from: string;
}

/** What makes `wanted` known in the file: names go into an import that is there, or after the last one of their kind. */
export function insertImports(source: Source, wanted: readonly NamedImport[]): Insertion[] {
  return wanted.flatMap(({ name, from }) => {
    if (source.originOf(name) !== undefined) return [];
    return [intoExisting(source, name, from) ?? asLine(source, name, from)];
  });
}

function intoExisting(source: Source, name: string, from: string): Insertion | undefined {
  for (const one of source.imports()) {
    const bindings = one.importClause?.namedBindings;
    if (source.from(one) !== from || !bindings || !source.ts.isNamedImports(bindings)) continue;
    const last = bindings.elements.at(-1);
    // `import type { … }` would be erased; a decorator needs the value.
    if (last && !one.importClause?.isTypeOnly) return { at: last.getEnd(), text: `, ${name}` };
  }
  return undefined;
}

function asLine(source: Source, name: string, from: string): Insertion {
  const { quote, semicolons } = source.style;
  const line = `import { ${name} } from ${quote}${from}${quote}${semicolons ? ';' : ''}`;
  const imports = source.imports();
  const kin = from.startsWith('.') ? imports : imports.filter((one) => !source.from(one).startsWith('.'));
  const after = kin.at(-1) ?? imports.at(-1);
  if (after) return { at: after.getEnd(), text: `\n${line}` };
  return { at: source.file.getFullStart(), text: `${line}\n` };
}
