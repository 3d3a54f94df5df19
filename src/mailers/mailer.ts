import { makeInjectable, type JobContext } from '../jobs/index.js';
import type { Mail } from './mail.js';

export interface MailerOptions {
  /** The name that is stored with each mail job. Give one before you rename the class. @default the class's name */
  readonly name?: string;
}

/** A mailer's method that makes a mail out of a payload. */
// `any`, since a payload's type is each action's own and methods are checked in both directions here.
// eslint-disable-next-line typescript/no-explicit-any
export type MailAction = (payload: any, context: JobContext) => Promise<Mail>;

const mailerKey = Symbol.for('nestjs-fledge:mailer');

/**
 * Makes a provider a mailer: each method that returns `Promise<Mail>` is an action. Register the class in a module's
 * `providers`; send with `MailersService.for(TheMailer).action(payload).deliverLater()`. The method runs in the worker.
 *
 * @throws FledgeError `FLEDGE_CIRCULAR_IMPORT` when a constructor parameter's class was not loaded yet
 */
export function Mailer(options: MailerOptions = {}) {
  // eslint-disable-next-line typescript/no-explicit-any
  return (target: new (...dependencies: any[]) => object): void => {
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
