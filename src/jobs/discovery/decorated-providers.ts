import { Injectable, type Type } from '@nestjs/common';
import { ContextIdFactory, DiscoveryService, ModuleRef } from '@nestjs/core';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** A provider whose class carries a decorator's mark. */
export interface MarkedProvider<Mark> {
  readonly mark: Mark;
  readonly markedClass: Type;
  /** False for request-scoped and transient providers. */
  readonly isStatic: boolean;
  /** The one instance, or a new one in a fresh DI context in which `REQUEST` is `request`. */
  readonly instance: (request: unknown) => object | Promise<object>;
}

/**
 * Finds providers by a mark on their class, however they were registered: useClass, useValue, useFactory,
 * request-scoped, or replaced by a test.
 */
@Injectable()
export class MarkedProviders {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** @param markOf the mark of a class, undefined if it has none */
  find<Mark>(markOf: (candidate: unknown) => Mark | undefined): MarkedProvider<Mark>[] {
    const found: MarkedProvider<Mark>[] = [];
    for (const wrapper of this.discovery.getProviders()) {
      const markedClass = candidatesOf(wrapper).find((candidate) => markOf(candidate) !== undefined);
      if (markedClass) found.push(this.describe(wrapper, markedClass as Type, markOf(markedClass)!));
    }
    return found;
  }

  private describe<Mark>(wrapper: Wrapper, markedClass: Type, mark: Mark): MarkedProvider<Mark> {
    const isStatic = wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
    // Read when it is asked for: until Nest has run its constructor, a provider's instance is an empty shell.
    const instance = (request: unknown) =>
      isStatic ? (wrapper.instance as object) : this.resolveFresh(wrapper.token as Type, request);
    return { mark, markedClass, isStatic, instance };
  }

  private async resolveFresh(token: Type, request: unknown): Promise<object> {
    const contextId = ContextIdFactory.create();
    this.moduleRef.registerRequestByContextId(request, contextId);
    return (await this.moduleRef.resolve(token, contextId, { strict: false })) as object;
  }
}

/** The token first: a test that replaces a job's provider keeps the token and brings an instance of anything. */
function candidatesOf(wrapper: Wrapper): unknown[] {
  const instance = wrapper.instance as object | null | undefined;
  return [wrapper.token, wrapper.metatype, instance && Object.getPrototypeOf(instance)?.constructor];
}
