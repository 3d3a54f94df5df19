import { readFileSync } from 'node:fs';
import { isObject, isText } from '../../values/readers.js';

/** Fledge's version, or `unknown` in a bundle without its package.json. */
export const version: string = readVersion();

function readVersion(): string {
  try {
    const text = readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8');
    const manifest: unknown = JSON.parse(text);
    return isObject(manifest) && isText(manifest.version) ? manifest.version : 'unknown';
  } catch {
    return 'unknown';
  }
}
