import type { JobContext } from '../../jobs/index.js';
import { makeInjectable } from '../../jobs/internals.js';
import type { Mail, MailDefaults } from './mail.js';

/** A subject, or a subject for each language. It may contain variables, like a template. */
export type MailSubject = string | Readonly<Record<string, string>>;

export interface MailerOptions<Action extends string = string> {
  /** The name that is stored with each mail job. Set it before you rename the class. @default the class's name */
  readonly name?: string;
  /** Fields for all mails of this mailer. @default {} */
  readonly defaults?: MailDefaults;
  /**
   * Subjects by action, such as `{ welcome: 'Welcome, {{ name }}' }`, or by action and language, such as
   * `{ welcome: { en: 'Welcome', ja: 'ようこそ' } }`. They are used for mails that return no subject and have no template for it. Any
   * other language gets the first subject.
   * @default {}
   */
  readonly subjects?: { readonly [A in Action]: MailSubject };
}

/** A method of a mailer that makes a mail from a payload. */
// `any`, because each action has its own payload type, and a parameter of type `unknown` would not accept these methods.
// eslint-disable-next-line typescript/no-explicit-any
export type MailAction = (payload: any, context: JobContext) => Promise<Mail>;

const mailerKey = Symbol.for('nestjs-fledge:mailer');

/**
 * Marks a provider as a mailer. Each public method that returns `Promise<Mail>` is an action. If the class has other public methods,
 * mark its actions with `@Action()`. Register the class in a module's `providers`. Send a mail with
 * `MailersService.for(TheMailer).action(payload).deliverLater()`. The method then runs in the worker.
 *
 * @throws FledgeError `FLEDGE_CIRCULAR_IMPORT` if the class of a constructor parameter is not loaded yet
 */
export function Mailer<Action extends string = never>(options: MailerOptions<Action> = {}) {
  // eslint-disable-next-line typescript/no-explicit-any
  return (target: new (...dependencies: any[]) => { readonly [A in NoInfer<Action>]: MailAction }): void => {
    makeInjectable(target);
    Reflect.defineMetadata(mailerKey, options, target);
  };
}

/** Returns the options of a class's `@Mailer()`, or undefined for a class without this decorator. */
export function mailerOptionsOf(target: unknown): MailerOptions | undefined {
  return typeof target === 'function'
    ? (Reflect.getOwnMetadata(mailerKey, target) as MailerOptions)
    : undefined;
}
