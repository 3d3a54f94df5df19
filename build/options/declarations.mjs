import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** The interfaces and type aliases of a source folder by name, as syntax trees. No types are computed, so this is fast. */
export class Declarations {
  /** The declarations of each file by name, for names that a file uses itself. */
  #ofFile = new Map();
  /** The exported declarations by name; undefined for a name that several files export. */
  #exported = new Map();
  #variants = new Map();
  #choices = new Map();

  constructor(folder) {
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || file.endsWith('.spec.ts') || file.endsWith('.d.ts')) continue;
      this.#read(join(folder, file));
    }
  }

  #read(path) {
    const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
    const own = new Map(source.statements.flatMap((statement) => declarationsOf(statement)));
    this.#ofFile.set(source, own);
    for (const [name, declaration] of own)
      if (isExported(declaration))
        this.#exported.set(name, this.#exported.has(name) ? undefined : declaration);
  }

  /** @returns the initializer of an exported constant */
  constant(name) {
    return this.#find(name).initializer;
  }

  /** @returns the properties of an exported type. Of alternatives, each property once */
  propertiesOf(name) {
    return this.#ofDeclaration(this.#find(name));
  }

  #find(name) {
    const found = this.#exported.get(name);
    if (!found) throw new Error(`Not exactly one file of src/ exports ${name}`);
    return found;
  }

  /** A type that src/ does not declare, such as one of Nest's, has no properties here. */
  #ofName(node) {
    const name = node.getText();
    const found = this.#ofFile.get(node.getSourceFile())?.get(name) ?? this.#exported.get(name);
    return found ? this.#ofDeclaration(found) : [];
  }

  #ofDeclaration(declaration) {
    if (ts.isTypeAliasDeclaration(declaration)) return this.#ofNode(declaration.type);
    const parents = (declaration.heritageClauses ?? []).flatMap(({ types }) => types);
    const inherited = parents.flatMap(({ expression }) => this.#ofName(expression));
    return [...inherited, ...declaration.members.filter(ts.isPropertySignature)];
  }

  #ofNode(node) {
    if (ts.isParenthesizedTypeNode(node)) return this.#ofNode(node.type);
    if (ts.isTypeLiteralNode(node)) return node.members.filter(ts.isPropertySignature);
    if (ts.isTypeReferenceNode(node)) return this.#ofName(node.typeName);
    if (ts.isIntersectionTypeNode(node)) return node.types.flatMap((type) => this.#ofNode(type));
    if (ts.isUnionTypeNode(node)) return this.#ofUnion(node.types.flatMap((type) => this.#ofNode(type)));
    return [];
  }

  /** In a union, a property of one alternative may be `never` in another one. The first that is not `never` remains. */
  #ofUnion(properties) {
    const variants = grouped(properties);
    const kept = [];
    for (const all of variants.values()) {
      const [first, ...others] = all.filter((one) => !isNever(one));
      if (!first) continue;
      kept.push(first);
      this.#variants.set(first, [first, ...others]);
    }
    const choices = kept.filter(
      (one) => !one.questionToken && variants.get(one.name.getText()).some(isNever),
    );
    for (const one of choices)
      this.#choices.set(
        one,
        choices.map(({ name }) => name.getText()),
      );
    return kept;
  }

  /** @returns this property in all alternatives of its union */
  variantsOf(property) {
    return this.#variants.get(property) ?? [property];
  }

  /** @returns the names of the properties of which exactly one must be set, undefined if this is not one of them */
  choicesOf(property) {
    return this.#choices.get(property);
  }

  /** @returns the text of a type. An alias for literals is replaced by them */
  literalsOf(node) {
    const alias = ts.isTypeReferenceNode(node) ? this.#exported.get(node.typeName.getText()) : undefined;
    const type = alias && ts.isTypeAliasDeclaration(alias) ? alias.type : undefined;
    const isOfLiterals = type && ts.isUnionTypeNode(type) && type.types.every(ts.isLiteralTypeNode);
    return (isOfLiterals ? type : node).getText();
  }
}

function grouped(properties) {
  const groups = new Map();
  for (const property of properties) {
    const name = property.name.getText();
    groups.set(name, [...(groups.get(name) ?? []), property]);
  }
  return groups;
}

const isNever = ({ type }) => type?.getText() === 'never';

function declarationsOf(statement) {
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
    return [[statement.name.text, statement]];
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.map((one) => [one.name.getText(), one]);
}

/** The `export` of a constant is at its statement. */
function isExported(declaration) {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return (statement.modifiers ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}
