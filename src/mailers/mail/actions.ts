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
 * every public method is one, except Nest's hooks and methods whose names begin with `_`.
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

/** Returns the names of the actions of a mailer class and of the classes that it extends. */
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
