import { createRequire } from 'node:module';
import { join } from 'node:path';
import type ts from 'typescript';

export type TypeScript = typeof ts;

/**
 * Loads the application's TypeScript, so that the library does not include it. Returns undefined if it is not installed,
 * and for TypeScript 7, which has no programmatic interface yet. The caller then prints the lines to add.
 */
export function loadTypeScript(root: string): TypeScript | undefined {
  try {
    const loaded: Partial<TypeScript> = createRequire(join(root, 'package.json'))('typescript');
    return isUsable(loaded) ? loaded : undefined;
  } catch {
    return undefined;
  }
}

function isUsable(loaded: Partial<TypeScript>): loaded is TypeScript {
  return typeof loaded.createSourceFile === 'function';
}
