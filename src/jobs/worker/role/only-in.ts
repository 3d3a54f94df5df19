import {
  forwardRef,
  Module,
  type DynamicModule,
  type ForwardReference,
  type Provider,
  type Type,
} from '@nestjs/common';
import { chooseModule, chooseProvider, type Place, type ProviderObject } from '../../discovery/places.js';
import { inWeb, inWorker, type Belongs } from './worker-role.js';

type Importable = Type | DynamicModule | ForwardReference;

/** Stands for a module in the process that leaves it out. */
@Module({})
class LeftOut {}

/**
 * Imports a module in web processes only: modules that need the HTTP server, WebSocket gateways, static files. Use it in
 * `imports`. To export the module too, export the same value that you import.
 *
 * @example imports: [JobsModule.forRoot(), onlyInWeb(ChatModule)]
 */
export function onlyInWeb(module: Importable): ForwardReference {
  return onlyIf('web', module);
}

/**
 * Imports a module in worker processes only, for example one with processors of Bull 4. Use it in `imports`. A process that runs
 * its own jobs in memory, and `testJobs`, are web processes. So don't leave out what jobs need.
 *
 * @example imports: [JobsModule.forRoot(), onlyInWorker(BullProcessorsModule)]
 */
export function onlyInWorker(module: Importable): ForwardReference {
  return onlyIf('worker', module);
}

/**
 * Provides something in web processes only. Use it in `providers`. In a worker its token is there and the value is `undefined`,
 * so a class that injects it must check.
 *
 * @example providers: [provideOnlyInWeb(ChatGateway)]
 */
export function provideOnlyInWeb(provider: Provider): Provider {
  return provideIf('web', provider);
}

/**
 * Provides something in worker processes only. Use it in `providers`. In a web process its token is there and the value is
 * `undefined`, so a class that injects it must check.
 *
 * @example providers: [provideOnlyInWorker(AudioProcessor)]
 */
export function provideOnlyInWorker(provider: Provider): Provider {
  return provideIf('worker', provider);
}

/**
 * Imports a module in every process, as without this function, and ends the warnings about what it runs in each of them. With
 * `adoptCron`, its methods stay with @nestjs/schedule.
 *
 * @example imports: [JobsModule.forRoot(), inEveryProcess(BullProcessorsModule)]
 */
export function inEveryProcess(module: Importable): ForwardReference {
  return onlyIf('everywhere', module);
}

/**
 * Provides something in every process, as without this function, and ends the warnings about what it runs in each of them. With
 * `adoptCron`, its methods stay with @nestjs/schedule.
 *
 * @example providers: [provideInEveryProcess(CacheWarmer)]
 */
export function provideInEveryProcess(provider: Provider): Provider {
  return provideIf('everywhere', provider);
}

const belongs: Readonly<Record<Place, Belongs>> = { web: inWeb, worker: inWorker, everywhere: () => true };

/** Nest resolves a forward reference when it scans the modules. By then it is known which process this is. */
function onlyIf(place: Place, module: Importable): ForwardReference {
  return forwardRef(() => {
    if (!belongs[place]()) return LeftOut;
    const found: unknown = 'forwardRef' in module ? module.forwardRef() : module;
    chooseModule(found, place);
    return found;
  });
}

function provideIf(place: Place, provider: Provider): Provider {
  return chooseProvider(present(belongs[place], provider), place);
}

/** Decorators run before it is known which process this is, so the fields that Nest reads are getters. */
function present(belongs: Belongs, provider: Provider): ProviderObject {
  if (typeof provider === 'function') return classIf(belongs, { provide: provider, useClass: provider });
  if ('useClass' in provider) return classIf(belongs, provider);
  if ('useValue' in provider) {
    const { provide, useValue } = provider;
    return { provide, useFactory: () => (belongs() ? useValue : undefined) };
  }
  if ('useExisting' in provider) {
    const { provide, useExisting } = provider;
    const useFactory = (existing?: unknown): unknown => existing;
    return withGetters({ provide, useFactory }, { inject: () => (belongs() ? [useExisting] : []) });
  }
  const { useFactory, inject } = provider;
  const factory = (...parts: unknown[]): unknown => (belongs() ? useFactory(...parts) : undefined);
  return withGetters(
    { ...provider, useFactory: factory },
    { inject: () => (belongs() ? (inject ?? []) : []) },
  );
}

/** Nest takes the value if there is no class. */
function classIf(belongs: Belongs, provider: Extract<Provider, { useClass: Type }>): ProviderObject {
  const { useClass, ...rest } = provider;
  const other = { ...rest, useValue: undefined };
  return withGetters(other, { useClass: () => (belongs() ? useClass : undefined) });
}

function withGetters<T extends object>(target: T, getters: Readonly<Record<string, () => unknown>>): T {
  for (const [name, get] of Object.entries(getters))
    Object.defineProperty(target, name, { get, enumerable: true, configurable: true });
  return target;
}
