import ts from 'typescript';
import { docOf } from './doc-comment.mjs';

/** The types whose properties get rows of their own, below the option that has this type. */
const expanded = new Set([
  'AllowedVisitors',
  'AttachmentOptions',
  'ClusterOptions',
  'DkimOptions',
  'KeepOptions',
  'MailDefaults',
  'MailPreviewOptions',
  'PayloadLimitOptions',
  'QueueOptions',
  'RateOptions',
  'RedisNode',
  'RedisOptions',
  'ResultLimitOptions',
  'RetentionOptions',
  'RetryRule',
  'SentinelOptions',
  'SmtpTimeouts',
  'TemplateOptions',
  'UniqueOptions',
]);

/** @returns the head and the rows of the table of a type's options, and what its doc comments lack */
export function optionRows(declarations, name) {
  const missing = [];
  const rows = declarations.propertiesOf(name).flatMap((property) => rowsOf(property, ''));
  return { head: ['option', 'type', 'default', 'meaning'], rows, missing };

  function rowsOf(property, prefix) {
    const option = prefix + property.name.getText();
    const variants = declarations.variantsOf(property);
    const docs = variants.map((variant) => docOf(variant));
    const { usual } = docs[0];
    const isRequired = property.questionToken === undefined;
    if (docs[0].text === '') missing.push(`${name}: ${option} has no doc comment`);
    if (usual === undefined && !isRequired) missing.push(`${name}: ${option} has no @default`);
    const inner = innerType(property.type);
    const types = new Set(
      variants.flatMap(({ type }) => alternativesOf(typeText(declarations.literalsOf(type)))),
    );
    const row = [
      `\`${option}\``,
      inner?.shows ?? `\`${[...types].join(' | ')}\``,
      isRequired ? requiredText(declarations.choicesOf(property)) : defaultText(usual ?? ''),
      docs
        .map(({ text }) => text)
        .join('')
        .replace(/^<br>/, ''),
    ];
    if (!inner) return [row];
    const more = inner.literal ?? declarations.propertiesOf(inner.name);
    return [row, ...more.flatMap((one) => rowsOf(one, option + inner.path))];
  }
}

function requiredText(choices) {
  return choices ? `set ${choices.map((one) => `\`${one}\``).join(' or ')}` : 'required';
}

/** @returns the type in a property's type that gets rows of its own, and the path to its properties */
function innerType(node, path = '.') {
  if (ts.isTypeLiteralNode(node))
    return { literal: node.members.filter(ts.isPropertySignature), path, shows: 'object' };
  if (ts.isParenthesizedTypeNode(node)) return innerType(node.type, path);
  if (ts.isArrayTypeNode(node)) return innerType(node.elementType, '[].');
  if (ts.isTypeOperatorNode(node)) return innerType(node.type, path);
  if (ts.isUnionTypeNode(node)) return ofUnion(node, path);
  if (!ts.isTypeReferenceNode(node)) return undefined;
  const name = node.typeName.getText();
  if (name === 'Readonly') return innerType(node.typeArguments[0], path);
  if (name === 'Record') return innerType(node.typeArguments[1], '.*.');
  if (!expanded.has(name)) return undefined;
  return { name, path, shows: path === '[].' ? 'list of objects' : 'object' };
}

/** `boolean | UniqueOptions` shows its other alternatives too. */
function ofUnion(node, path) {
  const inner = node.types.map((type) => innerType(type, path)).find((found) => found !== undefined);
  if (!inner) return undefined;
  const others = node.types.filter((type) => !innerType(type, path)).map((type) => typeText(type.getText()));
  const shown = others.filter((text) => text !== '' && text !== 'undefined').map((text) => `\`${text}\``);
  return { ...inner, shows: [...shown, inner.shows].join(', ') };
}

/** `'a' | 'b'` in parts, so that alternatives of a union can be merged. Other types stay whole. */
function alternativesOf(text) {
  return /^'[^']*'( \| '[^']*')*$/.test(text) ? text.split(' | ') : [text];
}

function typeText(text) {
  return text
    .replace(/\s+/g, ' ')
    .replace(/\breadonly /g, '')
    .replace(/ \| undefined\b/g, '')
    .replace(/\bReadonly<(Record<.*>)>/g, '$1')
    .replace(/^\| /, '');
}

/** A value is shown as code, words as they are. */
function defaultText(text) {
  return /^('[^']*'|\d+|true|false|\[.*\]|\{.*\}|[A-Z]+_[A-Z_]+|undefined)$/.test(text)
    ? `\`${text}\``
    : text;
}
