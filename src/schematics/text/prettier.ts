import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What we use of the application's own Prettier. */
export interface Prettier {
  resolveConfig(file: string, options: { editorconfig: boolean }): Promise<object | null>;
  format(text: string, options: object): Promise<string>;
}

export async function loadPrettier(root: string): Promise<Prettier | undefined> {
  try {
    const path = createRequire(join(root, 'package.json')).resolve('prettier');
    const loaded = (await import(pathToFileURL(path).href)) as Prettier & { default?: Prettier };
    return loaded.default?.format ? loaded.default : loaded;
  } catch {
    return undefined; // Listed, and not installed: the file is as we wrote it.
  }
}

/** The text as `npm run format` would leave it, or as it is where Prettier cannot tell. */
export async function pretty(prettier: Prettier, root: string, path: string, text: string): Promise<string> {
  try {
    const config = await prettier.resolveConfig(join(root, path), { editorconfig: true });
    return await prettier.format(text, { ...config, filepath: path });
  } catch {
    return text;
  }
}
