import { Injectable, type Type } from '@nestjs/common';
import { ContextIdFactory, DiscoveryService, ModuleRef, type ContextId } from '@nestjs/core';
import { asError, FledgeError } from '../values/errors.js';

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
  /**
   * Returns the only instance, or one in the DI context that the application's `ContextIdStrategy` chooses. Without a strategy
   * that is a fresh context in which `REQUEST` is `request`.
   *
   * @throws FledgeError `FLEDGE_CONTEXT_STRATEGY`
   */
  readonly instance: (request: object | undefined) => Instance | Promise<Instance>;
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
    const instance = (request: object | undefined): Instance | Promise<Instance> =>
      isStatic ? wrapper.instance : this.resolve<Instance>(wrapper, request);
    const moduleName = wrapper.host?.name ?? 'a module';
    return { mark, markedClass, moduleName, isAlias: wrapper.isAlias, isStatic, instance };
  }

  /** Does what Nest's router does for an HTTP request. */
  private async resolve<Instance>(wrapper: Wrapper, request: object | undefined): Promise<Instance> {
    const contextId = contextIdOf(request);
    const { payload } = contextId;
    const value = wrapper.isDependencyTreeDurable() ? payload : withFields(request, payload);
    this.moduleRef.registerRequestByContextId(value, contextId);
    return this.moduleRef.resolve<Instance>(wrapper.token, contextId, { strict: false });
  }
}

function contextIdOf(request: object | undefined): ContextId {
  if (!request) return ContextIdFactory.create();
  try {
    return ContextIdFactory.getByRequest(request);
  } catch (cause) {
    throw new FledgeError(
      'FLEDGE_CONTEXT_STRATEGY',
      `The application's ContextIdStrategy failed for a job: ${asError(cause).message}. A job has no HTTP request. Read the job's \`payload\`, \`meta\` and \`name\` from the request that attach receives.`,
      { cause },
    );
  }
}

/** Adds the fields of the strategy's payload to the request, as Nest does. The request's own fields win. */
function withFields(request: object | undefined, payload: unknown): object | undefined {
  if (!request || typeof payload !== 'object' || payload === null) return request;
  for (const [name, value] of Object.entries(payload)) {
    if (!(name in request)) Reflect.set(request, name, value);
  }
  return request;
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
