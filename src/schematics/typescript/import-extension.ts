/** The ending of relative imports. */
export type ImportExtension = '.js' | '.ts' | '';

const relativeImport = /\b(?:from|import)\s+['"](\.[^'"\n]+)['"]/g;

/**
 * Returns the ending of relative imports in an application.
 *
 * @param code files of the application, such as main.ts and the root module. The ending of most of their imports counts
 * @param isModule whether package.json has `"type": "module"`. It decides if the files have no relative import
 */
export function importExtension(code: readonly (string | undefined)[], isModule: boolean): ImportExtension {
  const endings = code
    .flatMap((text) => [...(text ?? '').matchAll(relativeImport)])
    .map(([, path = '']) => endingOf(path));
  const count = (ending: ImportExtension | undefined): number =>
    endings.filter((one) => one === ending).length;
  const found = (['.js', '.ts', ''] as const).toSorted((a, b) => count(b) - count(a));
  const [most = ''] = found;
  if (count(most) > 0) return most;
  return isModule ? '.js' : '';
}

/** Undefined for a file that is not code, such as `./messages.json`. */
function endingOf(path: string): ImportExtension | undefined {
  if (/\.[cm]?js$/.test(path)) return '.js';
  if (/\.[cm]?ts$/.test(path)) return '.ts';
  return /\.(?:json|node|css|html)$/.test(path) ? undefined : '';
}
