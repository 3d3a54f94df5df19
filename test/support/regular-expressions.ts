import ts from 'typescript';

/** A regular expression in a source file. */
export interface FoundExpression {
  /** `jobs/errors.ts:12` */
  readonly at: string;
  /** Undefined if it contains values that are known only at run time. */
  readonly pattern: string | undefined;
  readonly flags: string;
  /** The bound of its input in the comment above it: `bounded: at most 254 characters`. */
  readonly bound: string | undefined;
  /** The code, for messages. */
  readonly code: string;
}

/** Returns all regular expressions of a file: literals, and arguments of `RegExp`. */
export function expressionsOf(file: string, text: string): FoundExpression[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lines = text.split('\n');
  const constants = constantsOf(source);
  const found: FoundExpression[] = [];
  const visit = (node: ts.Node): void => {
    const parts = partsOf(node, constants);
    if (parts) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push({
        ...parts,
        at: `${file}:${line + 1}`,
        bound: boundAbove(lines, line),
        code: node.getText(),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

type Constants = ReadonlyMap<string, ts.Expression>;

function constantsOf(source: ts.SourceFile): Constants {
  const constants = new Map<string, ts.Expression>();
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer) {
      const isConst = (node.parent.flags & ts.NodeFlags.Const) !== 0;
      if (isConst) constants.set(node.name.text, node.initializer);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return constants;
}

function partsOf(
  node: ts.Node,
  constants: Constants,
): Pick<FoundExpression, 'pattern' | 'flags'> | undefined {
  if (ts.isRegularExpressionLiteral(node)) {
    const end = node.text.lastIndexOf('/');
    return { pattern: node.text.slice(1, end), flags: node.text.slice(end + 1) };
  }
  const isMade =
    (ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'RegExp';
  if (!isMade) return undefined;
  const [pattern, flags] = node.arguments ?? [];
  return {
    pattern: pattern && folded(pattern, constants),
    flags: (flags && folded(flags, constants)) ?? '',
  };
}

/** Returns the text of a constant expression. */
function folded(node: ts.Expression, constants: Constants): string | undefined {
  if (ts.isStringLiteralLike(node) || ts.isNumericLiteral(node)) return node.text;
  if (ts.isRegularExpressionLiteral(node)) return node.text.slice(1, node.text.lastIndexOf('/'));
  if (ts.isIdentifier(node)) {
    const constant = constants.get(node.text);
    return constant && folded(constant, constants);
  }
  if (ts.isPropertyAccessExpression(node) && node.name.text === 'source')
    return folded(node.expression, constants);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return joined([folded(node.left, constants), folded(node.right, constants)]);
  if (ts.isTemplateExpression(node)) return template(node, false, constants);
  if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 'String.raw') {
    if (ts.isTemplateExpression(node.template)) return template(node.template, true, constants);
    return node.template.rawText ?? node.template.text;
  }
  return undefined;
}

function template(node: ts.TemplateExpression, raw: boolean, constants: Constants): string | undefined {
  const textOf = (part: ts.TemplateLiteralLikeNode): string =>
    raw ? (part.rawText ?? part.text) : part.text;
  return joined([
    textOf(node.head),
    ...node.templateSpans.flatMap((span) => [folded(span.expression, constants), textOf(span.literal)]),
  ]);
}

function joined(parts: readonly (string | undefined)[]): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join('');
}

/** Returns a one-line comment above the expression, alone or among others, that names a number. */
function boundAbove(lines: readonly string[], line: number): string | undefined {
  for (let above = line - 1; above >= 0; above -= 1) {
    const text = lines[above]!.trim();
    if (!text.startsWith('//')) return undefined;
    const bound = /^\/\/ (bounded: [^\d]{1,60}\d.{0,100})$/.exec(text)?.[1];
    if (bound !== undefined) return bound;
  }
  return undefined;
}
