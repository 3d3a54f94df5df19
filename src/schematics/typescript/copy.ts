import type ts from 'typescript';
import { namesDeclared, namesUsed } from './names.js';
import type { Source } from './source.js';

/** The parts of a file that some of its statements need, and those statements. */
export class Copy {
  /** Statements and imports to copy. */
  readonly statements = new Set<ts.Statement>();
  /** For each import, the names that are needed. */
  readonly imported = new Set<string>();

  /**
   * @param available the statements whose declarations may be copied
   * @param forbidden names that have no meaning in the copy, such as parameters, and why
   */
  constructor(
    private readonly source: Source,
    private readonly available: readonly ts.Statement[],
    private readonly forbidden: ReadonlyMap<string, string>,
  ) {}

  /** Adds a statement and what it needs. @returns why it cannot be copied, or undefined if it was */
  add(statement: ts.Statement): string | undefined {
    return this.take(statement, statement);
  }

  /** Adds what a node needs, such as the value of an option. The node itself is up to the caller. */
  addNeeds(node: ts.Node): string | undefined {
    return this.take(node);
  }

  private take(node: ts.Node, itself?: ts.Statement): string | undefined {
    const statements = new Set<ts.Statement>(itself && [itself]);
    const names = new Set<string>();
    const waiting: ts.Node[] = [node];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      for (const name of namesUsed(this.source, next)) {
        const why = this.forbidden.get(name);
        if (why !== undefined) return why;
        names.add(name);
        const declaration = this.available.find((one) => namesDeclared(this.source, one).includes(name));
        if (!declaration || statements.has(declaration)) continue;
        statements.add(declaration);
        waiting.push(declaration);
      }
    }
    for (const one of statements) this.statements.add(one);
    for (const name of names) this.imported.add(name);
    return undefined;
  }

  /** Returns the code of an import with only the names that are needed, or undefined if it needs none of them. */
  importCode(one: ts.Statement): string | undefined {
    const { ts, file } = this.source;
    const isNeeded = (name?: ts.Identifier): boolean => name !== undefined && this.imported.has(name.text);
    if (ts.isImportEqualsDeclaration(one)) return isNeeded(one.name) ? one.getText(file) : undefined;
    if (!ts.isImportDeclaration(one)) return undefined;
    const { importClause: clause } = one;
    if (!clause) return one.getText(file);
    const bindings = clause.namedBindings;
    const named = bindings && ts.isNamedImports(bindings) ? bindings.elements : undefined;
    const kept = named?.filter(({ name }) => isNeeded(name)) ?? [];
    const whole =
      bindings && ts.isNamespaceImport(bindings) && isNeeded(bindings.name) ? bindings : undefined;
    const parts = [
      isNeeded(clause.name) ? clause.name?.text : undefined,
      whole?.getText(file),
      kept.length > 0 ? `{ ${kept.map((element) => element.getText(file)).join(', ')} }` : undefined,
    ].filter((part) => part !== undefined);
    if (parts.length === 0) return undefined;
    const end = one.getText(file).slice(one.moduleSpecifier.getEnd() - one.getStart(file));
    const type = clause.isTypeOnly ? 'type ' : '';
    return `import ${type}${parts.join(', ')} from ${one.moduleSpecifier.getText(file)}${end}`;
  }
}

/** Returns a statement's code with the comments above it, indented as at the top level, with `\n` as line ends. */
export function codeOf(source: Source, statement: ts.Statement): string {
  const { ts, file, text } = source;
  const start = statement.getStart(file);
  const comments = ts.getLeadingCommentRanges(text, statement.getFullStart());
  const isFirst = statement.getFullStart() === 0;
  const from = isFirst ? start : (comments?.[0]?.pos ?? start);
  const code = text.slice(from, statement.getEnd()).replaceAll('\r\n', '\n');
  const indent = text.slice(text.lastIndexOf('\n', from - 1) + 1, from);
  // The lines of a text between backticks are part of its value.
  if (indent.trim() !== '' || hasLongText(source, statement)) return code;
  return code
    .split('\n')
    .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
    .join('\n');
}

function hasLongText(source: Source, statement: ts.Statement): boolean {
  const { ts } = source;
  return [...source.nodes(statement)].some(
    (node) =>
      (ts.isTemplateExpression(node) || ts.isNoSubstitutionTemplateLiteral(node)) &&
      node.getText(source.file).includes('\n'),
  );
}
