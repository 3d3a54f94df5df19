import type ts from 'typescript';
import { posix } from 'node:path';
import type { Application } from '../application.js';
import type { Source } from '../typescript/source.js';
import { isNothing, listOf, literalCode, plainCode, singular } from './sample-values.js';

/** A type and the file that it is in. */
interface Place {
  readonly source: Source;
  readonly type: ts.TypeNode;
}

/** A property of an object type. */
interface Property extends Place {
  readonly name: string;
}

type Declaration = ts.InterfaceDeclaration | ts.TypeAliasDeclaration;

/** Types of one value, which a wrapper does not change. */
const wrappers = ['Readonly', 'Required', 'NonNullable', 'Partial'];

/** How deep types may be nested. A type that contains itself has no end. */
const deepest = 6;

/** Writes sample values for the types of payloads, from the application's files alone. */
export class SamplePayloads {
  constructor(private readonly app: Application) {}

  /**
   * Returns the code of a value of a type, in the style of Fledge's templates. Returns undefined for a type that cannot be
   * read, such as a type of a package.
   *
   * @param wrapped the type
   * @param name the name of the value, such as `email`, which suggests a sample
   */
  codeOf(source: Source, wrapped: ts.TypeNode, name: string, depth = 0): string | undefined {
    const { ts } = source;
    if (depth > deepest) return undefined;
    const type = unwrapped(source, wrapped);
    const item = itemOf(source, type);
    if (item) return listOf(this.codeOf(source, item, singular(name), depth + 1));
    if (ts.isLiteralTypeNode(type)) return literalCode(source, type);
    if (ts.isUnionTypeNode(type)) return this.firstOf(source, type, name, depth);
    if (genericOf(source, type)?.name === 'Record') return '{}';
    return plainCode(source, type, name) ?? this.objectCode(source, type, name, depth);
  }

  /** Returns the code for the first member of a union that has a value. */
  private firstOf(
    source: Source,
    { types }: ts.UnionTypeNode,
    name: string,
    depth: number,
  ): string | undefined {
    for (const type of types) {
      if (isNothing(source, type)) continue;
      const code = this.codeOf(source, type, name, depth + 1);
      if (code !== undefined) return code;
    }
    return undefined;
  }

  private objectCode(source: Source, type: ts.TypeNode, name: string, depth: number): string | undefined {
    const properties = this.propertiesOf({ source, type }, depth);
    if (!properties) {
      const alias = this.aliased({ source, type });
      return alias && this.codeOf(alias.source, alias.type, name, depth + 1);
    }
    const codes: string[] = [];
    for (const one of properties) {
      const code = this.codeOf(one.source, one.type, one.name, depth + 1);
      // At once, because a type that contains itself several times would take very long.
      if (code === undefined) return undefined;
      codes.push(`${one.name}: ${code}`);
    }
    return codes.length === 0 ? '{}' : `{ ${codes.join(', ')} }`;
  }

  /** Returns the properties of an object type, an interface or an intersection. Undefined for other types. */
  private propertiesOf({ source, type: wrapped }: Place, depth: number): Property[] | undefined {
    const { ts } = source;
    if (depth > deepest) return undefined;
    const type = unwrapped(source, wrapped);
    if (ts.isTypeLiteralNode(type)) return membersOf(source, type.members);
    if (ts.isIntersectionTypeNode(type))
      return all(type.types.map((one) => this.propertiesOf({ source, type: one }, depth + 1)));
    const found = this.declarationOf({ source, type });
    if (!found) return undefined;
    const { declaration } = found;
    if (found.source.ts.isTypeAliasDeclaration(declaration))
      return this.propertiesOf({ source: found.source, type: declaration.type }, depth + 1);
    const parents = (declaration.heritageClauses ?? []).flatMap(({ types }) => [...types]);
    return all([
      ...parents.map((parent) => this.propertiesOf({ source: found.source, type: parent }, depth + 1)),
      membersOf(found.source, declaration.members),
    ]);
  }

  private aliased(place: Place): Place | undefined {
    const found = this.declarationOf(place);
    if (!found || !found.source.ts.isTypeAliasDeclaration(found.declaration)) return undefined;
    return { source: found.source, type: found.declaration.type };
  }

  /** Returns where a type is declared: in the same file, or in the file that it is imported from. */
  private declarationOf({
    source,
    type,
  }: Place): { readonly source: Source; readonly declaration: Declaration } | undefined {
    const { ts } = source;
    const isNamed = ts.isTypeReferenceNode(type) || ts.isExpressionWithTypeArguments(type);
    // A generic type would need its arguments put in.
    if (!isNamed || type.typeArguments) return undefined;
    const name = (ts.isTypeReferenceNode(type) ? type.typeName : type.expression).getText(source.file);
    const own = declarationIn(source, name);
    if (own) return { source, declaration: own };
    const from = source.originOf(name);
    const other = from?.startsWith('.') ? this.fileAt(source.path, from) : undefined;
    const declaration = other && declarationIn(other, name);
    return declaration && { source: other, declaration };
  }

  private fileAt(path: string, from: string): Source | undefined {
    const target = posix.join(posix.dirname(path), from.replace(/\.[jt]s$/, ''));
    const file = [`${target}.ts`, `${target}/index.ts`].find((one) => this.app.tree.exists(one));
    return file === undefined ? undefined : this.app.source(file);
  }
}

/** Returns the name and the first argument of a type such as `Array<string>`. */
function genericOf(
  { ts, file }: Source,
  type: ts.TypeNode,
): { name: string; argument: ts.TypeNode } | undefined {
  if (!ts.isTypeReferenceNode(type)) return undefined;
  const [argument] = type.typeArguments ?? [];
  return argument && { name: type.typeName.getText(file), argument };
}

/** Returns `T` for `(T)`, `readonly T` and `Readonly<T>`. */
function unwrapped(source: Source, type: ts.TypeNode): ts.TypeNode {
  const { ts } = source;
  if (ts.isParenthesizedTypeNode(type)) return unwrapped(source, type.type);
  if (ts.isTypeOperatorNode(type) && type.operator === ts.SyntaxKind.ReadonlyKeyword)
    return unwrapped(source, type.type);
  const generic = genericOf(source, type);
  return generic && wrappers.includes(generic.name) ? unwrapped(source, generic.argument) : type;
}

/** Returns `T` for `T[]` and `Array<T>`. */
function itemOf(source: Source, type: ts.TypeNode): ts.TypeNode | undefined {
  if (source.ts.isArrayTypeNode(type)) return type.elementType;
  const generic = genericOf(source, type);
  return generic && ['Array', 'ReadonlyArray'].includes(generic.name) ? generic.argument : undefined;
}

function declarationIn({ ts, file }: Source, name: string): Declaration | undefined {
  return file.statements
    .filter((one) => ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one))
    .find((one) => one.name.text === name && !one.typeParameters);
}

/** Undefined if one of the members is not a property with a name and a type. */
function membersOf(source: Source, members: ts.NodeArray<ts.TypeElement>): Property[] | undefined {
  const { ts } = source;
  return all(
    members.map((member) => {
      if (!ts.isPropertySignature(member) || !ts.isIdentifier(member.name) || !member.type) return undefined;
      return [{ source, name: member.name.text, type: member.type }];
    }),
  );
}

/** Joins lists. Undefined if one of them is. */
function all(lists: readonly (readonly Property[] | undefined)[]): Property[] | undefined {
  if (lists.includes(undefined)) return undefined;
  return lists.flatMap((list) => list ?? []);
}
