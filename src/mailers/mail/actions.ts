import type { Type } from '@nestjs/common';
import type { MailAction } from './mailer.js';

const actionKey = Symbol.for('nestjs-fledge:mail-action');

/** Methods that Nest calls. */
const hooks = [
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
];

/** Methods that JavaScript calls, or that every object has. */
const inherent = [...Object.getOwnPropertyNames(Object.prototype), 'then', 'toJSON'];

const never: ReadonlySet<string> = new Set([...hooks, ...inherent]);

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

/** The actions of a mailer's class and of the classes that it extends. */
export function actionsOf(mailerClass: Type): string[] {
  const seen = new Set<string>();
  const methods: string[] = [];
  let prototype = mailerClass.prototype as object | null;
  while (prototype && prototype !== Object.prototype) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      // The nearest class decides: it may have an accessor where the class that it extends has a method.
      if (!seen.has(name) && typeof value === 'function' && mayBeAction(name)) methods.push(name);
      seen.add(name);
    }
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  const marked = methods.filter((name) =>
    Reflect.hasMetadata(actionKey, mailerClass.prototype as object, name),
  );
  return marked.length > 0 ? marked : methods;
}

function mayBeAction(name: string): boolean {
  return !never.has(name) && !name.startsWith('_');
}
