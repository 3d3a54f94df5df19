import { Injectable, type Type } from '@nestjs/common';
import { ContextIdFactory, DiscoveryService, ModuleRef } from '@nestjs/core';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** A provider whose class has a decorator. `mark` is what the decorator stored on the class. */
export interface MarkedProvider<Mark, Instance extends object = object> {
  readonly mark: Mark;
  readonly markedClass: Type<Instance>;
  /** The name of the module that has the provider. */
  readonly moduleName: string;
  /** True for `useExisting`. */
  readonly isAlias: boolean;
  /** False for request-scoped and transient providers. */
  readonly isStatic: boolean;
  /** Returns the only instance, or a new one in a fresh DI context in which `REQUEST` is `request`. */
  readonly instance: (request: unknown) => Instance | Promise<Instance>;
}

/**
 * Finds the providers whose class has a mark. Finds them however they were registered: with `useClass`, `useValue` or
 * `useFactory`, request-scoped, or replaced by a test.
 */
@Injectable()
export class MarkedProviders {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly moduleRef: ModuleRef,
  ) {}

  /**
   * The type `Instance` is what the decorator requires of the classes that it marks.
   *
   * @param markOf returns the mark of a class, or undefined if it has none
   */
  find<Mark, Instance extends object = object>(
    markOf: (candidate: unknown) => Mark | undefined,
  ): MarkedProvider<Mark, Instance>[] {
    const found: MarkedProvider<Mark, Instance>[] = [];
    for (const wrapper of this.discovery.getProviders()) {
      for (const markedClass of classesOf<Instance>(wrapper)) {
        const mark = markOf(markedClass);
        if (mark === undefined) continue;
        found.push(this.describe(wrapper, markedClass, mark));
        break;
      }
    }
    return found;
  }

  private describe<Mark, Instance extends object>(
    wrapper: Wrapper,
    markedClass: Type<Instance>,
    mark: Mark,
  ): MarkedProvider<Mark, Instance> {
    const isStatic = wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
    // `wrapper.instance` is read only when it is needed. Until Nest has run the constructor, it is an empty object.
    const instance = (request: unknown): Instance | Promise<Instance> =>
      isStatic ? wrapper.instance : this.resolveFresh<Instance>(wrapper.token, request);
    const moduleName = wrapper.host?.name ?? 'a module';
    return { mark, markedClass, moduleName, isAlias: wrapper.isAlias, isStatic, instance };
  }

  private async resolveFresh<Instance>(token: Wrapper['token'], request: unknown): Promise<Instance> {
    const contextId = ContextIdFactory.create();
    this.moduleRef.registerRequestByContextId(request, contextId);
    return this.moduleRef.resolve<Instance>(token, contextId, { strict: false });
  }
}

/** The token comes first. A test that replaces a provider keeps the token, and its instance may be of any class. */
function classesOf<Instance>(wrapper: Wrapper): Type<Instance>[] {
  const instance: object | null | undefined = wrapper.instance;
  return [wrapper.token, wrapper.metatype, instance && Object.getPrototypeOf(instance)?.constructor].filter(
    isClass<Instance>,
  );
}

function isClass<Instance>(candidate: unknown): candidate is Type<Instance> {
  return typeof candidate === 'function';
}
