import type { Type } from '@nestjs/common';
import type { MailAction } from './mailer.js';

const actionKey = Symbol.for('nestjs-fledge:mail-action');

/** Methods that Nest calls itself. */
const hooks = [
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
];

/** Methods that JavaScript itself calls, and methods that every object has. */
const inherent = [...Object.getOwnPropertyNames(Object.prototype), 'then', 'toJSON'];

const neverActions: ReadonlySet<string> = new Set([...hooks, ...inherent]);

/**
 * Marks a mailer's method as an action. In a mailer with at least one marked method only marked methods are actions. Without any mark,
 * every public method is one, except Nest's hooks and methods whose names begin with `_`. Previews also leave out helpers that other
 * methods call and that make no whole mail.
 *
 * @example
 * @Mailer()
 * class UserMailer {
 *   @Action()
 *   async welcome({ userId }: { userId: string }): Promise<Mail> { … }
 *
 *   private async signature(): Promise<string> { … }
 * }
 */
export function Action() {
  return <Method extends MailAction>(
    prototype: object,
    name: string,
    _method: TypedPropertyDescriptor<Method>,
  ): void => Reflect.defineMetadata(actionKey, true, prototype, name);
}

/**
 * Returns the names of the methods that a mail may be made with: those of a mailer class and of the classes that it extends. Without
 * `@Action()` they include helpers, because a class does not know at run time which of its methods are private.
 */
export function actionsOf(mailerClass: Type): string[] {
  const prototypes = [...prototypesOf(mailerClass)];
  const seen = new Set<string>();
  const methods: string[] = [];
  for (const prototype of prototypes) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      // The nearest class decides: it may have an accessor where the class that it extends has a method.
      if (!seen.has(name) && typeof value === 'function' && mayBeAction(name)) methods.push(name);
      seen.add(name);
    }
  }
  const marked = methods.filter((name) =>
    prototypes.some((prototype) => Reflect.hasOwnMetadata(actionKey, prototype, name)),
  );
  return marked.length > 0 ? marked : methods;
}

/**
 * Returns the names of the actions to show to people, without helpers. A method is a helper if another method of the class calls it
 * through `this` or `super`, and it does not make a whole mail itself. So an action that another action calls is shown. A method that
 * is not async in a class with async methods is shown only if it makes a whole mail and no other method calls it.
 *
 * @param named actions that the class names in its options
 */
export function offeredActions(mailerClass: Type, named: readonly string[]): string[] {
  const actions = actionsOf(mailerClass);
  const prototypes = [...prototypesOf(mailerClass)];
  if (isMarked(prototypes)) return actions;
  const methods = new Map(actions.map((name) => [name, methodOf(prototypes, name)] as const));
  const hasAsync = [...methods.values()].some(isAsync);
  const sources = prototypes.flatMap(sourcesOf).map((source) => ({ source, called: calledBy(source) }));
  return actions.filter((name) => {
    if (named.includes(name)) return true;
    const method = methods.get(name);
    const isLikeOthers = !hasAsync || isAsync(method);
    // A method may call itself. The text of its class contains the method's own text.
    const isCalled = sources.some(
      ({ source, called }) => called.has(name) && calledBy(source.replaceAll(String(method), '')).has(name),
    );
    return isCalled ? isLikeOthers && makesMail(name, methods) : isLikeOthers || makesMail(name, methods);
  });
}

/** A recipient in an object or an assignment, which every whole mail has. */
const recipients = /[\s{,](?:to|cc|bcc)\s*[:,}]|\.(?:to|cc|bcc)\s*=[^=]/;
/** What a mail has in addition, so that a period `{ from, to }` does not count. */
const contents =
  /[\s{,](?:subject|text|html|data|template|attachments)\s*[:,}]|\.(?:subject|text|html|data)\s*=[^=]/;

/** Returns whether the text of a method makes a whole mail, or of a method that it calls. */
function makesMail(
  name: string,
  methods: ReadonlyMap<string, unknown>,
  seen: Set<string> = new Set(),
): boolean {
  const method = methods.get(name);
  if (typeof method !== 'function' || seen.has(name)) return false;
  seen.add(name);
  const body = bodyOf(String(method));
  if (recipients.test(body) && contents.test(body)) return true;
  return [...calledBy(body)].some((called) => makesMail(called, methods, seen));
}

/** The text of a method without its parameters and `${…}` in texts, which may have the names of a mail's fields. */
function bodyOf(text: string): string {
  const start = /\)\s*\{/.exec(text);
  return text.slice(start ? start.index + 1 : 0).replaceAll('${', '(');
}

function isMarked(prototypes: readonly object[]): boolean {
  return prototypes.some((prototype) =>
    Object.getOwnPropertyNames(prototype).some((name) => Reflect.hasOwnMetadata(actionKey, prototype, name)),
  );
}

function methodOf(prototypes: readonly object[], name: string): unknown {
  const nearest = prototypes.find((prototype) => Object.hasOwn(prototype, name));
  return nearest && Object.getOwnPropertyDescriptor(nearest, name)?.value;
}

/** False for every method if the compiler's target has no async functions. */
function isAsync(method: unknown): boolean {
  return Object.prototype.toString.call(method) === '[object AsyncFunction]';
}

/** The text of a class contains its private methods. If the compiler's target has no classes, the text of each method counts. */
function sourcesOf(prototype: object): string[] {
  const descriptors = Object.values(Object.getOwnPropertyDescriptors(prototype));
  const members = descriptors.flatMap((descriptor): unknown[] => [
    descriptor.value,
    Reflect.get(descriptor, 'get'),
  ]);
  return members.filter((member) => typeof member === 'function').map(String);
}

/** Returns the names of the methods that a text calls through `this` or `super`. */
function calledBy(source: string): Set<string> {
  const found = source.matchAll(/\b(?:this|super)\s*(?:\?\.|\.|\[\s*['"])\s*([\w$]+)/g);
  return new Set(Array.from(found, ([, name = '']) => name));
}

/** The class's prototype first, then the prototypes of the classes that it extends. */
function* prototypesOf(mailerClass: Type): Generator<object> {
  let prototype: object | null = mailerClass.prototype;
  while (prototype && prototype !== Object.prototype) {
    yield prototype;
    prototype = Object.getPrototypeOf(prototype);
  }
}

function mayBeAction(name: string): boolean {
  return !neverActions.has(name) && !name.startsWith('_');
}
