import type ts from 'typescript';
import { Copy, codeOf } from '../typescript/copy.js';
import { applicationName, statementsAfter, type Creation } from '../typescript/entrypoint.js';
import type { Source } from '../typescript/source.js';

/** Returns the options of `runWorker` for what main.ts does with the application's logger. */
export function optionsOf(main: Source, creation: Creation, copy: Copy): string[] {
  const { ts, file } = main;
  const given = creation.call.arguments
    .filter(ts.isObjectLiteralExpression)
    .flatMap((one) => [...one.properties]);
  const options = given
    .filter((property) => isForWorker(main, property) && copy.addNeeds(property) === undefined)
    .map((property) => property.getText(file));
  const setup = setupOf(main, creation, copy);
  return setup === undefined ? options : [...options, setup];
}

/** A list of levels or `false` is for the web process. A worker's own lines would be missing. */
function isForWorker({ ts }: Source, property: ts.ObjectLiteralElementLike): boolean {
  if (!property.name || !ts.isIdentifier(property.name)) return false;
  if (property.name.text === 'bufferLogs') return true;
  if (property.name.text !== 'logger') return false;
  if (!ts.isPropertyAssignment(property)) return true;
  const { kind } = property.initializer;
  return ![ts.SyntaxKind.ArrayLiteralExpression, ts.SyntaxKind.FalseKeyword].includes(kind);
}

function setupOf(main: Source, creation: Creation, copy: Copy): string | undefined {
  const { ts, file } = main;
  const app = applicationName(main, creation);
  if (app === undefined) return undefined;
  const after = statementsAfter(main, creation.call);
  const text = (statement: ts.Statement): string => statement.getText(file);
  const wanted = after.filter(
    (one) => text(one).includes(`${app}.useLogger(`) && !ts.isFunctionDeclaration(one),
  );
  if (wanted.length === 0) return undefined;
  const own = new Copy(main, after, new Map());
  if (wanted.some((one) => own.add(one) !== undefined || copy.addNeeds(one) !== undefined)) return undefined;
  const body = after.filter((one) => own.statements.has(one));
  if (body.some((one) => copy.addNeeds(one) !== undefined)) return undefined;
  const [only] = body;
  if (body.length === 1 && only && ts.isExpressionStatement(only) && ts.isCallExpression(only.expression))
    return `setup: (${app}) => ${only.expression.getText(file)}`;
  const lines = body.flatMap((one) => codeOf(main, one).split('\n')).map((line) => main.style.indent + line);
  const isAsync = body.some((one) => [...main.nodesThatRun(one)].some(ts.isAwaitExpression));
  return `setup: ${isAsync ? 'async ' : ''}(${app}) => {\n${lines.join('\n')}\n}`;
}
