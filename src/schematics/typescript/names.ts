import type ts from 'typescript';
import type { Source } from './source.js';

/** Returns the names that a node uses and does not declare itself. */
export function namesUsed(source: Source, node: ts.Node): Set<string> {
  const { ts } = source;
  const used = new Set<string>();
  const declared = new Set<string>();
  for (const one of source.nodes(node)) {
    if (!ts.isIdentifier(one)) continue;
    if (isDeclaration(source, one)) declared.add(one.text);
    else if (!isLabel(source, one)) used.add(one.text);
  }
  return new Set([...used].filter((name) => !declared.has(name)));
}

/** Returns the names that a statement declares for the statements around it. */
export function namesDeclared(source: Source, statement: ts.Statement): string[] {
  const { ts } = source;
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => namesIn(source, name));
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isEnumDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return isNamed && statement.name ? [statement.name.text] : [];
}

function namesIn(source: Source, name: ts.BindingName): string[] {
  const { ts } = source;
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) =>
    ts.isBindingElement(element) ? namesIn(source, element.name) : [],
  );
}

function isDeclaration({ ts }: Source, { parent, pos }: ts.Identifier): boolean {
  const declares =
    ts.isVariableDeclaration(parent) ||
    ts.isParameter(parent) ||
    ts.isBindingElement(parent) ||
    ts.isFunctionDeclaration(parent) ||
    ts.isFunctionExpression(parent) ||
    ts.isClassDeclaration(parent) ||
    ts.isEnumDeclaration(parent) ||
    ts.isInterfaceDeclaration(parent) ||
    ts.isTypeAliasDeclaration(parent) ||
    ts.isTypeParameterDeclaration(parent);
  return declares && parent.name !== undefined && parent.name.pos === pos;
}

/** Whether an identifier is the name of a property, as in `x.name`, `{ name: 1 }` and `name() {}`. */
export function isLabel({ ts }: Source, { parent, pos }: ts.Identifier): boolean {
  if (ts.isPropertyAccessExpression(parent)) return parent.name.pos === pos;
  if (ts.isQualifiedName(parent)) return parent.right.pos === pos;
  if (ts.isBindingElement(parent)) return parent.propertyName?.pos === pos;
  if (ts.isMetaProperty(parent)) return true;
  const isMember =
    ts.isPropertyAssignment(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isGetAccessor(parent) ||
    ts.isSetAccessor(parent) ||
    ts.isEnumMember(parent);
  return isMember && parent.name.pos === pos;
}
