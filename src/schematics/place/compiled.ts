import { posix } from 'node:path';
import type { Place } from './place.js';

/** Returns whether a builder of nest-cli.json compiles only the entrypoints that it is given. */
export const isBundler = (builder: string | undefined): boolean =>
  builder === 'webpack' || builder === 'rspack';

/**
 * Returns the path of an entrypoint's compiled file, from the folder of package.json.
 *
 * @param startProd the script `start:prod`, which names the compiled main of the default application
 */
export function compiledPath({ nest, nx }: Place, startProd: string | undefined, entry: string): string {
  if (nx) return posix.join(nx.output, `${entry}.js`);
  if (nest?.name !== undefined && isBundler(nest.builder))
    return posix.join('dist', nest.root, `${entry}.js`);
  const folder = folderIn(startProd ?? '') ?? 'dist/';
  if (nest?.name === undefined || nest.isDefault) return `${folder}${entry}.js`;
  // Nest writes a script only for the default application. The others have the same folders below their own name.
  return `dist/${nest.root}/${nest.sourceRoot}/${entry}.js`;
}

function folderIn(script: string): string | undefined {
  const words = script.split(/\s+/);
  const node = words.findIndex((word) => /\bnode$/.test(word));
  const folders = words
    .slice(node + 1)
    .map((word) => /^["']?([\w./-]*\/)main(?:\.js)?["']?$/.exec(word)?.[1]);
  return node === -1 ? undefined : folders.findLast((one) => one !== undefined);
}
