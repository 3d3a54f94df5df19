import type { Rule } from '@angular-devkit/schematics';
import { posix } from 'node:path';
import { Application } from './application.js';
import { classNameOf, fileOf, kebab, register, writeProvider, type Kind, type Provider } from './provider.js';

export interface ProviderOptions {
  readonly name: string;
  readonly path?: string;
  readonly sourceRoot?: string;
  readonly module?: string;
  readonly spec?: boolean;
  readonly skipImport?: boolean;
}

/** Runs `nest g -c nestjs-fledge job import-csv`: writes the class and its test, and registers it in the nearest module. */
export function generate(kind: Kind, options: ProviderOptions): Rule {
  return async (tree, { logger }) => {
    const app = await new Application(tree, process.cwd(), options.sourceRoot).open();
    const folder = posix.join(app.sourceRoot, options.path ?? '', posix.dirname(options.name));
    const name = kebab(posix.basename(options.name));
    const base = name.endsWith(`-${kind}`) ? name.slice(0, -kind.length - 1) : name;
    const provider: Provider = { kind, path: posix.join(folder, base) };
    if (tree.exists(fileOf(provider))) {
      logger.warn(`${fileOf(provider).slice(1)} already exists and was not changed.`);
    }
    await writeProvider(app, provider, options.spec !== false);
    if (options.skipImport) return;
    const module = options.module ? posix.join(app.sourceRoot, options.module) : nearestModule(app, folder);
    if (module === undefined)
      logger.warn(
        `No module was found in ${folder.slice(1)} or above it. Register ${classNameOf(provider)} yourself.`,
      );
    else {
      const byHand = await register(app, module, [provider]);
      if (byHand !== undefined) logger.warn(byHand);
    }
  };
}

/** Returns the module of the folder or of the nearest folder above it, up to the root module. */
function nearestModule(app: Application, folder: string): string | undefined {
  for (let at = folder; at.startsWith(app.sourceRoot); at = posix.dirname(at)) {
    const modules = app.tree.getDir(at).subfiles.filter((file) => file.endsWith('.module.ts'));
    const own = modules.find((file) => file === `${posix.basename(at)}.module.ts`);
    const root = app.rootModule()?.path;
    const rooted = modules.find((file) => posix.join(at, file) === root);
    const chosen = own ?? rooted ?? (modules.length === 1 ? modules[0] : undefined);
    if (chosen !== undefined) return posix.join(at, chosen);
  }
  return app.rootModule()?.path;
}
