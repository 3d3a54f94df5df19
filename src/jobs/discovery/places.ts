import { Injectable, type Provider, type Type } from '@nestjs/common';
import { ModulesContainer, type DiscoveryService } from '@nestjs/core';
import { isObject } from '../values/readers.js';

/** The processes in which the application wants a provider or a module. */
export type Place = 'web' | 'worker' | 'everywhere';

/** A provider that is not just a class. */
export type ProviderObject = Exclude<Provider, Type>;

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];
type NestModule = NonNullable<ReturnType<ModulesContainer['get']>>;

/** What `provideOnlyInWeb`, `onlyInWorker` and the like were called with, by the provider's token or the module's class. */
const chosen = new Map<unknown, Place>();
/** What these functions returned. */
const choices = new WeakSet<object>();

export function chooseProvider(choice: ProviderObject, place: Place): ProviderObject {
  chosen.set(choice.provide, place);
  choices.add(choice);
  return choice;
}

export function chooseModule(found: unknown, place: Place): void {
  chosen.set(isObject(found) ? found.module : found, place);
}

/** Knows for which providers the application has chosen the processes, itself or through a module that imports them. */
@Injectable()
export class Places {
  private byModule?: ReadonlyMap<NestModule, Place>;

  constructor(private readonly modules: ModulesContainer) {}

  /** Returns undefined if the application has not chosen. Call it after Nest has scanned all modules. */
  of({ token, host }: Wrapper): Place | undefined {
    if (!host) return undefined;
    this.byModule ??= placesOf([...this.modules.values()]);
    const own = chosen.get(token);
    return own && !hasPlainProvider(host, token) ? own : this.byModule.get(host);
  }
}

/** Returns the modules with a chosen place, and those that only such modules import. */
function placesOf(modules: readonly NestModule[]): Map<NestModule, Place> {
  const places = new Map<NestModule, Place>();
  const withChoice = modules.filter(({ metatype }) => chosen.has(metatype));
  if (withChoice.length === 0) return places;
  const imports = new Map(modules.map((module) => [module, importsOf(module)] as const));
  const imported = new Set([...imports.values()].flat());
  const free = new Set<NestModule>();
  const reach = (module: NestModule): void => {
    if (free.has(module)) return;
    free.add(module);
    for (const next of imports.get(module) ?? [])
      if (!chosen.has(next.metatype) || namesOf(module).includes(next.metatype)) reach(next);
  };
  const spread = (module: NestModule, place: Place): void => {
    if (free.has(module) || places.has(module)) return;
    places.set(module, place);
    for (const next of imports.get(module) ?? []) spread(next, place);
  };
  for (const module of modules) if (!imported.has(module)) reach(module);
  for (const module of withChoice) spread(module, chosen.get(module.metatype) ?? 'everywhere');
  return places;
}

/** Nest makes every module import the global ones. Of these, only the ones that the module itself names count. */
function importsOf(module: NestModule): NestModule[] {
  const names = namesOf(module, true);
  return [...module.imports].filter((one) => !one.isGlobal || names.includes(one.metatype));
}

/** The classes of the modules that a module imports, as its decorator says, with or without forward references. */
function namesOf({ metatype }: NestModule, withReferences = false): unknown[] {
  return listOf('imports', metatype).map((entry) => {
    if (!isObject(entry)) return entry;
    const { forwardRef } = entry;
    const isReference = typeof forwardRef === 'function';
    const target: unknown = isReference && withReferences ? Reflect.apply(forwardRef, entry, []) : entry;
    return isObject(target) ? target.module : target;
  });
}

/** Returns whether a module's decorator names a provider for the token without a choice. */
function hasPlainProvider({ metatype }: NestModule, token: unknown): boolean {
  return listOf('providers', metatype).some(
    (provider) =>
      provider === token || (isObject(provider) && provider.provide === token && !choices.has(provider)),
  );
}

function listOf(key: 'imports' | 'providers', metatype: object): readonly unknown[] {
  const list: unknown = Reflect.getMetadata(key, metatype);
  return Array.isArray(list) ? list : [];
}
