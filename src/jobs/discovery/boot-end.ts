import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

/**
 * Calls back when the whole application has booted. A provider of a global module bootstraps before all other modules, so
 * `onApplicationBootstrap` is too early, and not every application listens: serverless handlers call only `init`.
 *
 * Nest calls the hook of the root module's class last of all, so this extends that hook.
 */
@Injectable()
export class BootEnd {
  constructor(private readonly modules: ModulesContainer) {}

  /** Calls `callback` at the end of the boot. Use it in `onModuleInit` or earlier. `callback` must not throw. */
  call(callback: () => void): void {
    const root = this.rootInstance();
    const original = root.onApplicationBootstrap?.bind(root);
    root.onApplicationBootstrap = async () => {
      await original?.();
      callback();
    };
  }

  private rootInstance(): Partial<OnApplicationBootstrap> {
    // Nest calls no hook of a module that depends on the request.
    const modules = [...this.modules.values()].filter(({ metatype, providers }) =>
      providers.get(metatype)?.isDependencyTreeStatic(),
    );
    // Nest sorts by distance and keeps the order of modules with the same distance.
    const root = modules.reduce((last, module) => (module.distance <= last.distance ? module : last));
    const instance: object = root.instance;
    return instance;
  }
}
