import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The functions of the application's Prettier that the schematics use. */
export interface Prettier {
  resolveConfig(file: string, options: { editorconfig: boolean }): Promise<object | null>;
  format(text: string, options: object): Promise<string>;
}

export async function loadPrettier(root: string): Promise<Prettier | undefined> {
  try {
    const path = createRequire(join(root, 'package.json')).resolve('prettier');
    const loaded: Prettier & { default?: Prettier } = await import(pathToFileURL(path).href);
    return loaded.default?.format ? loaded.default : loaded;
  } catch {
    return undefined; // It is listed but not installed, so files stay unformatted.
  }
}

/** Returns the text as `npm run format` would format it, or unchanged if Prettier fails. */
export async function pretty(prettier: Prettier, root: string, path: string, text: string): Promise<string> {
  try {
    const config = await prettier.resolveConfig(join(root, path), { editorconfig: true });
    return await prettier.format(text, { ...config, filepath: path });
  } catch {
    return text;
  }
}
