import type { PayloadArguments } from '../../../jobs/index.js';
import { makeInjectable } from '../../../jobs/internals.js';
import type { MailAction } from '../../mail/mailer.js';

/** The names of a mailer's actions. */
export type ActionsOf<M> = { [Key in keyof M]: M[Key] extends MailAction ? Key : never }[keyof M];

type PayloadFor<M, Action extends keyof M> = M[Action] extends MailAction
  ? PayloadArguments<{ perform: M[Action] }, []>[0]
  : never;

/** Several payloads for one action, each with a name. */
export class MailExamples<Payload> {
  constructor(readonly byName: Readonly<Record<string, Payload>>) {}
}

/**
 * Returns several named payloads for an action's preview, such as a short and a long one.
 *
 * @example return examples({ 'one article': { items: 1 }, 'many articles': { items: 300 } });
 */
export function examples<Payload>(byName: Readonly<Record<string, Payload>>): MailExamples<Payload> {
  return new MailExamples(byName);
}

/** The result of a preview's method: a payload, or several named payloads, or a promise of either. */
export type Previewed<Payload> =
  Payload | MailExamples<Payload> | Promise<Payload> | Promise<MailExamples<Payload>>;

/** The type of a preview of mailer `M`. Its methods have the names of actions, and each returns its action's payload. */
export type PreviewOf<M> = {
  readonly [Action in ActionsOf<M>]?: () => Previewed<PayloadFor<M, Action>>;
};

/** Allows any class whose methods are actions. Otherwise it is a type that no class has and that names the other methods. */
type OnlyActions<M, P> = [Exclude<keyof P, ActionsOf<M>>] extends [never]
  ? unknown
  : { 'is not an action of the mailer': Exclude<keyof P, ActionsOf<M>> };

// eslint-disable-next-line typescript/no-explicit-any
type ClassOf<T> = new (...dependencies: any[]) => T;

const previewKey = Symbol.for('nestjs-fledge:mail-preview');

export interface MailPreviewMark {
  readonly mailerClass: ClassOf<object>;
}

/**
 * Makes a provider the preview of a mailer. Each method has the name of an action and returns a sample payload for it.
 * Helpers must be private. Actions without a payload need no method. No mail is sent.
 *
 * @example
 * @MailPreview(UserMailer)
 * class UserMailerPreview {
 *   welcome() { return { userId: 'ada' }; }
 * }
 * @throws FledgeError `FLEDGE_CIRCULAR_IMPORT` if the class of a constructor parameter is not loaded yet
 */
export function MailPreview<M extends object>(mailerClass: ClassOf<M>) {
  return <P extends PreviewOf<M>>(target: ClassOf<P> & OnlyActions<M, P>): void => {
    makeInjectable(target);
    Reflect.defineMetadata(previewKey, { mailerClass } satisfies MailPreviewMark, target);
  };
}

/** Returns the mark that `@MailPreview()` set, or undefined for a class without the decorator. */
export function mailPreviewOf(target: unknown): MailPreviewMark | undefined {
  return typeof target === 'function' ? Reflect.getOwnMetadata(previewKey, target) : undefined;
}
