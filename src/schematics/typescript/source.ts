import type ts from 'typescript';
import { styleOf, type Style } from '../text/texts.js';
import type { TypeScript } from './load.js';

/** A text to insert at a position. Nothing is ever removed. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** A file of the application. It is read as a tree and changed as text, so that its layout and comments stay. */
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
    const { moduleSpecifier } = one;
    return this.ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : '';
  }

  /** Returns the module that `name` is imported from. */
  originOf(name: string): string | undefined {
    const named = this.imports().find(({ importClause }) => {
      const bindings = importClause?.namedBindings;
      const names = bindings && this.ts.isNamedImports(bindings) ? bindings.elements : [];
      return importClause?.name?.text === name || names.some((element) => element.name.text === name);
    });
    return named && this.from(named);
  }

  /** Returns the text with the insertions. */
  with(insertions: readonly Insertion[]): string {
    // The sort is stable, so reversing first keeps the order of two insertions at one position.
    const backwards = insertions.toReversed().sort((a, b) => b.at - a.at);
    const { newline } = this.style;
    return backwards.reduce(
      (text, one) => text.slice(0, one.at) + one.text.replaceAll('\n', newline) + text.slice(one.at),
      this.text,
    );
  }

  /** Yields all nodes, parents first. */
  *nodes(within: ts.Node = this.file): Generator<ts.Node> {
    yield within;
    for (const child of within.getChildren(this.file)) yield* this.nodes(child);
  }

  /** Yields the nodes that are not in a function inside the node, because such a function may run later. */
  *nodesThatRun(within: ts.Node): Generator<ts.Node> {
    yield within;
    for (const child of within.getChildren(this.file))
      if (!this.ts.isFunctionLike(child)) yield* this.nodesThatRun(child);
  }
}
