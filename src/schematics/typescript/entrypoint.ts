import type { Source } from './source.js';

/** What `main.ts` boots: the first argument of `NestFactory.create…`. */
export function bootedModule(source: Source): { name: string; from: string } | undefined {
  const { ts } = source;
  for (const node of source.nodes()) {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) continue;
    const [target, method] = [node.expression.expression.getText(source.file), node.expression.name.text];
    const booted = node.arguments[0];
    if (target !== 'NestFactory' || !method.startsWith('create') || !booted || !ts.isIdentifier(booted))
      continue;
    const from = source.originOf(booted.text);
    if (from !== undefined) return { name: booted.text, from };
  }
  return undefined;
}

/** `import 'dotenv/config'` and its like, which the worker needs as much as the web process, in their order. */
export function sideEffectImports(source: Source): string[] {
  return source
    .imports()
    .filter(({ importClause }) => importClause === undefined)
    .map((one) => source.from(one));
}
