import type ts from 'typescript';
import type { Source } from './source.js';

/** The call of `NestFactory.create…` in main.ts whose first argument is an imported module. */
export interface Creation {
  readonly call: ts.CallExpression;
  readonly module: { readonly name: string; readonly from: string };
}

export function creationIn(source: Source): Creation | undefined {
  const { ts } = source;
  for (const node of source.nodes()) {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) continue;
    const [target, method] = [node.expression.expression.getText(source.file), node.expression.name.text];
    const booted = node.arguments[0];
    if (target !== 'NestFactory' || !method.startsWith('create') || !booted || !ts.isIdentifier(booted))
      continue;
    const from = source.originOf(booted.text);
    if (from !== undefined) return { call: node, module: { name: booted.text, from } };
  }
  return undefined;
}

/** Returns the module that `main.ts` starts, which is the first argument of `NestFactory.create…`. */
export function bootedModule(source: Source): { name: string; from: string } | undefined {
  return creationIn(source)?.module;
}

/** Returns the name of the variable that gets the application, such as `app`. */
export function applicationName({ ts }: Source, { call }: Creation): string | undefined {
  for (let at: ts.Node = call; !ts.isStatement(at); at = at.parent) {
    if (ts.isVariableDeclaration(at)) return ts.isIdentifier(at.name) ? at.name.text : undefined;
    if (ts.isBinaryExpression(at)) return ts.isIdentifier(at.left) ? at.left.text : undefined;
  }
  return undefined;
}

/**
 * Returns the statements that run before a node, in their order, imports and declarations included. If the node is in a
 * function that the file calls, the statements before that call come first.
 */
export function statementsBefore(source: Source, node: ts.Node): ts.Statement[] {
  const { ts } = source;
  let before: ts.Statement[] = [];
  for (let at = node; at !== source.file; at = at.parent) {
    const { parent } = at;
    if (ts.isBlock(parent) || ts.isSourceFile(parent))
      before = [...parent.statements.filter((one) => one.end <= at.pos), ...before];
    const name = ts.isFunctionLike(parent) ? functionName(source, parent) : undefined;
    if (name === undefined) continue;
    const use = usesOf(source, name).find((one) => one.pos < parent.pos || one.end > parent.end);
    if (use) return [...statementsBefore(source, use), ...before];
  }
  return before;
}

/** Returns the statements that follow the one with the node, in its block. */
export function statementsAfter({ ts }: Source, node: ts.Node): ts.Statement[] {
  let at = node;
  while (!ts.isBlock(at.parent) && !ts.isSourceFile(at.parent)) at = at.parent;
  return at.parent.statements.filter((one) => one.pos >= at.end);
}

function functionName({ ts }: Source, node: ts.SignatureDeclaration): string | undefined {
  if (node.name && ts.isIdentifier(node.name)) return node.name.text;
  const { parent } = node;
  return ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name) ? parent.name.text : undefined;
}

/** Returns the places that use a name, without its declaration. */
function usesOf(source: Source, name: string): ts.Identifier[] {
  const { ts } = source;
  return [...source.nodes()]
    .filter(ts.isIdentifier)
    .filter(
      ({ text, parent }) =>
        text === name && !ts.isVariableDeclaration(parent) && !ts.isExportSpecifier(parent),
    );
}
