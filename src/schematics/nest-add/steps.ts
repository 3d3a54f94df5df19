import type ts from 'typescript';
import { Copy } from '../typescript/copy.js';
import type { Creation } from '../typescript/entrypoint.js';
import { isLabel, namesDeclared, namesUsed } from '../typescript/names.js';
import type { Source } from '../typescript/source.js';

/** @param before the statements before the creation */
export function copyOf(main: Source, creation: Creation | undefined, before: readonly ts.Statement[]): Copy {
  const { ts } = main;
  const forbidden = new Map<string, string>();
  const available = [...new Set([...before, ...main.file.statements])];
  const declared = available.flatMap((one) => namesDeclared(main, one));
  for (const name of declared.filter((one, index) => declared.indexOf(one) !== index))
    forbidden.set(name, `it uses ${name}, which is declared more than once`);
  for (const adapter of creation?.call.arguments
    .slice(1)
    .filter((one) => !ts.isObjectLiteralExpression(one)) ?? [])
    for (const name of namesUsed(main, adapter))
      if (declared.includes(name))
        forbidden.set(name, `it uses ${name}, which NestFactory.create gets for the web process`);
  for (let at: ts.Node | undefined = creation?.call; at; at = at.parent) {
    if (!ts.isFunctionLike(at)) continue;
    for (const { name } of at.parameters)
      forbidden.set(name.getText(main.file), `it uses ${name.getText(main.file)}, a parameter`);
    const owner = at.name ?? (ts.isVariableDeclaration(at.parent) ? at.parent.name : undefined);
    if (owner)
      forbidden.set(
        owner.getText(main.file),
        `it uses ${owner.getText(main.file)}, which starts the web process`,
      );
  }
  return new Copy(main, available, forbidden);
}

/** Returns whether a statement does something, and is not just a declaration for later. */
export function isStep(main: Source, statement: ts.Statement): boolean {
  const { ts } = main;
  if (ts.isExpressionStatement(statement)) return !ts.isStringLiteral(statement.expression);
  if (ts.isVariableStatement(statement)) return isCall(main, statement) && !isUsed(main, statement);
  return steps(ts).some((isKind) => isKind(statement));
}

const steps = (typescript: Source['ts']): ((node: ts.Node) => boolean)[] => [
  typescript.isIfStatement,
  typescript.isTryStatement,
  typescript.isBlock,
  typescript.isForStatement,
  typescript.isForOfStatement,
  typescript.isForInStatement,
  typescript.isWhileStatement,
  typescript.isSwitchStatement,
];

function isCall(main: Source, statement: ts.Statement): boolean {
  const { ts } = main;
  return [...main.nodesThatRun(statement)].some(
    (node) => ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isAwaitExpression(node),
  );
}

/** Returns whether another statement uses what this one declares. */
function isUsed(main: Source, statement: ts.Statement): boolean {
  const names = namesDeclared(main, statement);
  return [...main.nodes()].some(
    (node) =>
      main.ts.isIdentifier(node) &&
      names.includes(node.text) &&
      !isLabel(main, node) &&
      (node.end <= statement.pos || node.pos >= statement.end),
  );
}

/**
 * `const secrets = await loadSecrets()` may also do something that the worker needs, such as setting variables. What
 * `NestFactory.create` gets, such as `express()`, does not.
 */
export function mayMatter(main: Source, statement: ts.Statement, { call }: Creation): boolean {
  const { ts } = main;
  if (!ts.isVariableStatement(statement) || !isUsed(main, statement)) return false;
  const given = namesUsed(main, call);
  if (namesDeclared(main, statement).some((name) => given.has(name))) return false;
  const functions = main.file.statements.filter(ts.isFunctionDeclaration).map(({ name }) => name?.text);
  const isOwn = (name: string): boolean => main.originOf(name) !== undefined || functions.includes(name);
  return [...main.nodesThatRun(statement)].some(
    (node) => ts.isAwaitExpression(node) || (ts.isCallExpression(node) && isOwn(rootOf(main, node))),
  );
}

/** Returns the first name of `config.load()`, `load()` or `a.b.load()`. */
function rootOf({ ts, file }: Source, { expression }: ts.CallExpression): string {
  let at: ts.Expression = expression;
  while (ts.isPropertyAccessExpression(at)) at = at.expression;
  return at.getText(file);
}

export function isProcessHandler({ file }: Source, statement: ts.Statement): boolean {
  return /^process\.(?:on|once|addListener)\(/.test(statement.getText(file));
}
