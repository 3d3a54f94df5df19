import type { DynamicModule, InjectionToken } from '@nestjs/common';

/** Creates a module that provides this value to every other module. */
export function providedValue(token: InjectionToken, value: unknown): DynamicModule {
  return {
    module: class ProvidedValueModule {},
    global: true,
    providers: [{ provide: token, useValue: value }],
    exports: [token],
  };
}
