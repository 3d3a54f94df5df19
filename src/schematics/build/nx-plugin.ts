import type ts from 'typescript';
import type { Edited } from '../typescript/module.js';
import type { Source } from '../typescript/source.js';

/**
 * Adds the worker's entrypoint to `new NxAppWebpackPlugin({ … })` or `new NxAppRspackPlugin({ … })`.
 *
 * @param entryPath from the workspace's root. Not every version of Nx resolves a path from the project here
 */
export function addPluginEntry(source: Source, entryPath: string): Edited {
  const { ts, text } = source;
  const plugin = [...source.nodes()].filter(ts.isNewExpression).find((node) => isPlugin(source, node));
  const options = plugin?.arguments?.[0];
  if (!options || !ts.isObjectLiteralExpression(options))
    return { refused: "the options of Nx's plugin are not an object literal" };
  const present = options.properties.find(
    (one) => one.name?.getText(source.file) === 'additionalEntryPoints',
  );
  if (present) {
    if (present.getText(source.file).includes('main-worker')) return { text };
    return { refused: "Nx's plugin has additionalEntryPoints" };
  }
  const quote = source.style.quote;
  const entry = `additionalEntryPoints: [{ entryName: ${quote}main-worker${quote}, entryPath: ${quote}${entryPath}${quote} }],`;
  const first = options.properties[0];
  const open = options.getStart(source.file) + 1;
  const start = first?.getStart(source.file) ?? open;
  const isOneLine = !text.slice(open, start).includes('\n');
  const indent = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  return { text: source.with([{ at: start, text: isOneLine ? `${entry} ` : `${entry}\n${indent}` }]) };
}

function isPlugin({ file }: Source, { expression }: ts.NewExpression): boolean {
  return /^(?:\w+\.)?NxApp(?:Webpack|Rspack)Plugin$/.test(expression.getText(file));
}
