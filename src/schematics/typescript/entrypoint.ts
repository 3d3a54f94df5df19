import type { Source } from './source.js';

/** Returns the module that `main.ts` starts, which is the first argument of `NestFactory.create…`. */
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

/** Returns the imports without bindings, such as `import 'dotenv/config'`, in their order. The worker needs them too. */
export function sideEffectImports(source: Source): string[] {
  return source
    .imports()
    .filter(({ importClause }) => importClause === undefined)
    .map((one) => source.from(one));
}
