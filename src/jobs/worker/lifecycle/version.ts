import { readFileSync } from 'node:fs';

/** Fledge's own version, for the fleet and the help; a bundle may have left its package.json behind. */
export const version: string = readVersion();

function readVersion(): string {
  try {
    const text = readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  } catch {
    return 'unknown';
  }
}
