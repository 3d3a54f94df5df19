import type ts from 'typescript';
import type { Application } from '../application.js';
import type { Source } from '../typescript/source.js';
import { SamplePayloads } from './sample-payloads.js';

/** An action of a mailer that takes a payload. */
export interface PreviewedAction {
  readonly name: string;
  /** The code of a sample payload. Undefined if the payload's type cannot be read from the application's files. */
  readonly payload: string | undefined;
}

/** Methods that Nest calls itself. */
const hooks = [
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
];

/** Returns the actions of a mailer class that take a payload. The others are shown without a preview. */
export function previewedActions(app: Application, source: Source, className: string): PreviewedAction[] {
  const { ts } = source;
  const mailer = source.file.statements
    .filter(ts.isClassDeclaration)
    .find(({ name }) => name?.text === className);
  const methods = [...(mailer?.members ?? [])].filter(ts.isMethodDeclaration);
  const marked = methods.filter((method) => isMarked(source, method));
  const actions = marked.length > 0 ? marked : methods.filter((method) => isAction(source, method));
  const samples = new SamplePayloads(app);
  return actions.flatMap((method) => {
    const [parameter] = method.parameters;
    if (!parameter || !ts.isIdentifier(method.name)) return [];
    const called = ts.isIdentifier(parameter.name) ? parameter.name.text : '';
    const payload = parameter.type && samples.codeOf(source, parameter.type, called);
    return { name: method.name.text, payload };
  });
}

function isMarked({ ts }: Source, method: ts.MethodDeclaration): boolean {
  return (ts.getDecorators(method) ?? []).some(
    ({ expression }) =>
      ts.isCallExpression(expression) &&
      ts.isIdentifier(expression.expression) &&
      expression.expression.text === 'Action',
  );
}

/** Helpers are private, or return something other than a mail. */
function isAction(source: Source, method: ts.MethodDeclaration): boolean {
  const { ts, file } = source;
  const modifiers = (method.modifiers ?? []).map(({ kind }): ts.SyntaxKind => kind);
  const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword, ts.SyntaxKind.StaticKeyword];
  if (!method.body || !ts.isIdentifier(method.name) || hidden.some((kind) => modifiers.includes(kind)))
    return false;
  const { text } = method.name;
  if (text.startsWith('_') || hooks.includes(text)) return false;
  if (method.type) return /\bMail\b/.test(method.type.getText(file));
  return modifiers.includes(ts.SyntaxKind.AsyncKeyword);
}
