import { readFileSync } from 'node:fs';

/** Fledge's version, or `unknown` in a bundle without its package.json. */
export const version: string = readVersion();

function readVersion(): string {
  try {
    const text = readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  } catch {
    return 'unknown';
  }
}
