import type ts from 'typescript';
import { inStyle, type Style } from '../text/texts.js';
import { codeOf, type Copy } from '../typescript/copy.js';
import { creationIn, statementsBefore } from '../typescript/entrypoint.js';
import type { Source } from '../typescript/source.js';
import { copyOf, isProcessHandler, isStep, mayMatter } from './steps.js';
import { optionsOf } from './worker-options.js';

/** The worker's entrypoint, with what main.ts does before it creates the application. */
export interface WorkerEntry {
  readonly text: string;
  /** What main.ts does before that and the entrypoint does not, with the reason. */
  readonly left: readonly { readonly code: string; readonly why: string }[];
}

interface Root {
  readonly name: string;
  /** The path with which the entrypoint imports it. */
  readonly path: string;
  /** The style of what is not copied. */
  readonly style: Style;
}

/** Returns the worker's entrypoint for an application with this main.ts. */
export function workerEntry(main: Source, root: Root): WorkerEntry {
  const creation = creationIn(main);
  const before = creation ? statementsBefore(main, creation.call) : [];
  const copy = copyOf(main, creation, before);
  const left: { code: string; why: string }[] = [];
  for (const statement of before.filter((one) => isStep(main, one))) {
    const why = isProcessHandler(main, statement)
      ? 'a worker handles signals and uncaught exceptions itself'
      : copy.add(statement);
    if (why !== undefined) left.push({ code: firstLine(main, statement), why });
  }
  const options = creation ? optionsOf(main, creation, copy) : [];
  for (const statement of before)
    if (creation && mayMatter(main, statement, creation) && !copy.statements.has(statement))
      left.push({ code: firstLine(main, statement), why: 'only the web process uses its result' });
  return { text: textOf(main, copy, before, root, options), left };
}

interface Piece {
  readonly code: string;
  readonly isImport: boolean;
}

function textOf(
  main: Source,
  copy: Copy,
  before: readonly ts.Statement[],
  root: Root,
  options: readonly string[],
): string {
  const { ts } = main;
  const statements = [...copy.statements];
  const imports = main.file.statements.filter(
    (one) => ts.isImportDeclaration(one) || ts.isImportEqualsDeclaration(one),
  );
  const outer = [...imports, ...statements.filter(({ parent }) => parent === main.file)];
  const own = ownImports(root);
  const pieces = inOrder(outer).flatMap((one): Piece[] => {
    const isImport = ts.isImportDeclaration(one) || ts.isImportEqualsDeclaration(one);
    const isRoot = isImport && main.originOf(root.name) !== undefined && importsName(main, one, root.name);
    const code = isRoot ? own : isImport ? copy.importCode(one) : codeOf(main, one);
    return code === undefined ? [] : [{ code, isImport }];
  });
  if (!pieces.some(({ code }) => code === own)) {
    const at = pieces.findIndex(({ isImport }) => !isImport);
    pieces.splice(at === -1 ? pieces.length : at, 0, { code: own, isImport: true });
  }
  // In the order in which they run. A function may call another one above it.
  const inner = before.filter((one) => one.parent !== main.file && copy.statements.has(one));
  const start = startCode(main, inner, root, options);
  return `${joined(pieces)}\n\n${start}\n`.replaceAll('\n', root.style.newline);
}

function inOrder(statements: readonly ts.Statement[]): ts.Statement[] {
  return statements.toSorted((a, b) => a.pos - b.pos);
}

function ownImports({ name, path, style }: Root): string {
  return inStyle(`import { runWorker } from 'nestjs-fledge';\nimport { ${name} } from '${path}';`, {
    ...style,
    newline: '\n',
  });
}

function importsName({ ts }: Source, one: ts.Statement, name: string): boolean {
  if (!ts.isImportDeclaration(one)) return false;
  const bindings = one.importClause?.namedBindings;
  const names = bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
  return one.importClause?.name?.text === name || names.some((element) => element.name.text === name);
}

/** Returns the call of `runWorker`, in a function if statements of a function wait or return. */
function startCode(
  main: Source,
  inner: readonly ts.Statement[],
  root: Root,
  options: readonly string[],
): string {
  const { ts } = main;
  const { style } = root;
  const end = style.semicolons ? ';' : '';
  const call = `runWorker(${options.length > 0 ? `${root.name}, { ${options.join(', ')} }` : root.name})`;
  const codes = inner.map((one) => codeOf(main, one));
  const needsFunction = inner.some((statement) =>
    [...main.nodesThatRun(statement)].some(
      (node) => ts.isAwaitExpression(node) || ts.isReturnStatement(node),
    ),
  );
  if (!needsFunction)
    return [...(codes.length > 0 ? [codes.join('\n'), ''] : []), `void ${call}${end}`].join('\n');
  const body = [...codes, '', `await ${call}${end}`].join('\n').split('\n');
  const lines = body.map((line) => (line === '' ? '' : style.indent + line));
  return ['async function bootstrap() {', ...lines, '}', `void bootstrap()${end}`].join('\n');
}

function joined(pieces: readonly Piece[]): string {
  return pieces.reduce((text, { code, isImport }, index) => {
    const last = pieces[index - 1];
    if (!last) return code;
    return `${text}${last.isImport === isImport ? '\n' : '\n\n'}${code}`;
  }, '');
}

function firstLine(main: Source, statement: ts.Statement): string {
  return statement.getText(main.file).split('\n', 1)[0]?.trim() ?? '';
}
