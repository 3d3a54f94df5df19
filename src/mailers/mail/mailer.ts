import type { JobContext } from '../../jobs/index.js';
import { makeInjectable } from '../../jobs/internals.js';
import type { Mail, MailDefaults } from './mail.js';

/** A subject, or one for each language. It may have variables in it, as a template has. */
export type MailSubject = string | Readonly<Record<string, string>>;

export interface MailerOptions<Action extends string = string> {
  /** The name that is stored with each mail job. Give one before you rename the class. @default the class's name */
  readonly name?: string;
  /** What is the same for all of its mails. */
  readonly defaults?: MailDefaults;
  /**
   * Subjects by action, for mails that neither return one nor have a template for it: `{ welcome: 'Welcome, {{ name }}' }`, or by
   * language, `{ welcome: { en: 'Welcome', ja: 'ようこそ' } }`. For any other language it is the first one.
   */
  readonly subjects?: { readonly [A in Action]: MailSubject };
}

/** A mailer's method that makes a mail out of a payload. */
// `any`, since a payload's type is each action's own and methods are checked in both directions here.
// eslint-disable-next-line typescript/no-explicit-any
export type MailAction = (payload: any, context: JobContext) => Promise<Mail>;

const mailerKey = Symbol.for('nestjs-fledge:mailer');

/**
 * Makes a provider a mailer. Each public method that returns `Promise<Mail>` is an action; `@Action()` marks them where there are other
 * methods too. Register the class in a module's `providers`. Send with
 * `MailersService.for(TheMailer).action(payload).deliverLater()`. The method runs in the worker.
 *
 * @throws FledgeError `FLEDGE_CIRCULAR_IMPORT` when a constructor parameter's class was not loaded yet
 */
export function Mailer<Action extends string = never>(options: MailerOptions<Action> = {}) {
  // eslint-disable-next-line typescript/no-explicit-any
  return (target: new (...dependencies: any[]) => { readonly [A in NoInfer<Action>]: MailAction }): void => {
    makeInjectable(target);
    Reflect.defineMetadata(mailerKey, options, target);
  };
}

/** The options that `@Mailer()` was given, or undefined for a class without it. */
export function mailerOptionsOf(target: unknown): MailerOptions | undefined {
  return typeof target === 'function'
    ? (Reflect.getOwnMetadata(mailerKey, target) as MailerOptions)
    : undefined;
}
