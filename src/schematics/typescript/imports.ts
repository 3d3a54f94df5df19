import type { Insertion, Source } from './source.js';

/** A name and the module that it is imported from. */
export interface NamedImport {
  readonly name: string;
  readonly from: string;
}

/** Returns insertions that import `wanted`. A name goes into an existing import, or into a new line after similar imports. */
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
    // `import type { … }` would be erased, and a decorator needs the value.
    if (last && !one.importClause?.isTypeOnly) return { at: last.getEnd(), text: `, ${name}` };
  }
  return undefined;
}

function asLine(source: Source, name: string, from: string): Insertion {
  const { quote, semicolons } = source.style;
  const line = `import { ${name} } from ${quote}${from}${quote}${semicolons ? ';' : ''}`;
  const imports = source.imports();
  const similar = from.startsWith('.') ? imports : imports.filter((one) => !source.from(one).startsWith('.'));
  const after = similar.at(-1) ?? imports.at(-1);
  if (after) return { at: after.getEnd(), text: `\n${line}` };
  return { at: source.file.getFullStart(), text: `${line}\n` };
}
