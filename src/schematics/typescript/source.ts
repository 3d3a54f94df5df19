import type ts from 'typescript';
import { styleOf, type Style } from '../text/texts.js';
import type { TypeScript } from './load.js';

/** What to write where; nothing is ever removed. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** A file of the application that is read as a tree and changed as a text, so that all of its own ways stay. */
export class Source {
  readonly file: ts.SourceFile;
  readonly style: Style;

  constructor(
    readonly ts: TypeScript,
    readonly path: string,
    readonly text: string,
  ) {
    this.file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    this.style = styleOf(text);
  }

  imports(): ts.ImportDeclaration[] {
    return this.file.statements.filter(this.ts.isImportDeclaration);
  }

  from(one: ts.ImportDeclaration): string {
    return (one.moduleSpecifier as ts.StringLiteral).text;
  }

  /** Where `name` comes from, if it is imported. */
  originOf(name: string): string | undefined {
    const named = this.imports().find(({ importClause }) => {
      const bindings = importClause?.namedBindings;
      const names = bindings && this.ts.isNamedImports(bindings) ? bindings.elements : [];
      return importClause?.name?.text === name || names.some((element) => element.name.text === name);
    });
    return named && this.from(named);
  }

  with(insertions: readonly Insertion[]): string {
    // Reversed first, since the sort is stable: of two at one place the first stays first.
    const backwards = insertions.toReversed().sort((a, b) => b.at - a.at);
    const { newline } = this.style;
    return backwards.reduce(
      (text, one) => text.slice(0, one.at) + one.text.replaceAll('\n', newline) + text.slice(one.at),
      this.text,
    );
  }

  /** All nodes, parents first. */
  *nodes(within: ts.Node = this.file): Generator<ts.Node> {
    yield within;
    for (const child of within.getChildren(this.file)) yield* this.nodes(child);
  }
}
