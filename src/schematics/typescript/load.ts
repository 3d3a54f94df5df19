import { createRequire } from 'node:module';
import { join } from 'node:path';
import type ts from 'typescript';

export type TypeScript = typeof ts;

/**
 * The application's own TypeScript, so that the library needs none. TypeScript 7 has no programmatic interface yet: then,
 * and without TypeScript, there is none, and the caller says what to write by hand.
 */
export function loadTypeScript(root: string): TypeScript | undefined {
  try {
    const loaded = createRequire(join(root, 'package.json'))('typescript') as Partial<TypeScript>;
    return typeof loaded.createSourceFile === 'function' ? (loaded as TypeScript) : undefined;
  } catch {
    return undefined;
  }
}
