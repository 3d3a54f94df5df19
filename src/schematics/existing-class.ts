import type { Application } from './application.js';
import { filesBelow } from './folder-files.js';

/** Returns the files below the source root that declare a class, without tests. */
export function filesOfClass(app: Application, name: string): string[] {
  return filesBelow(app.tree.getDir(app.sourceRoot))
    .filter((path) => path.endsWith('.ts') && !/\.(?:d|spec|test|e2e-spec)\.ts$/.test(path))
    .filter((path) => declares(app, path, name));
}

function declares(app: Application, path: string, name: string): boolean {
  const text = app.read(path) ?? '';
  if (!text.includes(name)) return false;
  const source = app.source(path);
  if (!source) return classesIn(text).includes(name);
  return source.file.statements.some((one) => source.ts.isClassDeclaration(one) && one.name?.text === name);
}

/** Returns the names of the classes in a text, for an application without a usable TypeScript. */
function classesIn(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const words = line.trim().split(/[\s{<]/);
    const at = words.indexOf('class');
    const before = words.slice(0, Math.max(at, 0));
    const isDeclaration =
      at !== -1 && before.every((word) => ['export', 'default', 'abstract'].includes(word));
    return isDeclaration ? (words[at + 1] ?? []) : [];
  });
}
