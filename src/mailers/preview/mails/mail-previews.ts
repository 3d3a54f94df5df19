import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { MarkedProviders, type MarkedProvider } from '../../../jobs/internals.js';
import { MailComposer } from '../../compose/mail-composer.js';
import { MailerRegistry } from '../../compose/mailer-registry.js';
import { MAILERS_OPTIONS, type MailersOptions } from '../../options/mailers-options.js';
import { MailExamples, mailPreviewOf, type MailPreviewMark } from './mail-preview.js';
import { MAIL_PREVIEW_OPTIONS, requireGuards, type MailPreviewOptions } from '../access/preview-options.js';
import { showOutgoing } from './show-outgoing.js';
import type { ShownMail } from './shown-mail.js';
import { previewContext } from './preview-context.js';

/** A mailer's action on the preview pages. */
export interface PreviewedAction {
  readonly mailer: string;
  readonly action: string;
  /** The provider that returns the action's payload, if there is one. */
  readonly preview: MarkedProvider<MailPreviewMark> | undefined;
  /** True if the action can be shown, because it has a preview or takes no payload. */
  readonly ready: boolean;
}

/** The payloads of an action's preview by name. A single payload has the name ''. */
export type Payloads = ReadonlyMap<string, unknown>;

/** Lists the mails that can be shown, and makes them. */
@Injectable()
export class MailPreviews implements OnModuleInit {
  constructor(
    private readonly providers: MarkedProviders,
    private readonly mailers: MailerRegistry,
    private readonly composer: MailComposer,
    @Inject(MAILERS_OPTIONS) private readonly mailersOptions: MailersOptions,
    @Inject(MAIL_PREVIEW_OPTIONS) private readonly options: MailPreviewOptions,
  ) {}

  /**
   * @throws FledgeError `FLEDGE_MAIL_PREVIEW_UNGUARDED`, or `FLEDGE_MAILER_NOT_REGISTERED` for a preview of a class that is not
   *   a registered mailer
   */
  onModuleInit(): void {
    requireGuards(this.options);
    for (const { mark } of this.providers.find(mailPreviewOf)) this.mailers.requireMailer(mark.mailerClass);
  }

  /** Returns all actions of all mailers, sorted by name. */
  list(): readonly PreviewedAction[] {
    const previews = this.providers.find(mailPreviewOf);
    return this.mailers
      .list()
      .flatMap(({ name, mailerClass, actions }) =>
        actions.map((action) => {
          const preview = previews.find(
            ({ mark, markedClass }) =>
              mark.mailerClass === mailerClass && methodOf(markedClass.prototype, action),
          );
          const takesNoPayload = methodOf(mailerClass.prototype, action)?.length === 0;
          return { mailer: name, action, preview, ready: preview !== undefined || takesNoPayload };
        }),
      )
      .sort((a, b) => a.mailer.localeCompare(b.mailer) || a.action.localeCompare(b.action));
  }

  /** Returns the payloads of an action. Rejects with the error of the preview's method. */
  async payloads({ mailer, action, preview }: PreviewedAction): Promise<Payloads> {
    if (!preview) return new Map([['', undefined]]);
    const instance = await preview.instance(previewContext(`${mailer}.${action}`));
    const payload = await methodOf(instance, action)?.call(instance);
    return payload instanceof MailExamples
      ? new Map(Object.entries(payload.byName))
      : new Map([['', payload]]);
  }

  /** Returns the locales of an action's templates. Templates without a locale count as the module's locale. */
  async locales({ mailer, action }: PreviewedAction): Promise<readonly string[]> {
    const own = await this.composer.locales(mailer, action);
    const usual = this.mailersOptions.locale;
    return own.length === 0 || usual === undefined ? own : [...new Set([usual, ...own])].sort();
  }

  /**
   * Makes a mail. Rejects with the error of the action, or with the reason why its mail is invalid.
   *
   * @param locale replaces the mail's own locale
   */
  async show({ mailer, action }: PreviewedAction, payload: unknown, locale?: string): Promise<ShownMail> {
    const mail = await this.composer.compose({
      mailer,
      action,
      payload: throughJson(payload),
      context: previewContext(`${mailer}.${action}`),
      ...(locale === undefined ? {} : { locale }),
    });
    return showOutgoing(mail);
  }
}

/** Returns the payload as the worker would get it, after a round trip through JSON. */
function throughJson(payload: unknown): unknown {
  return payload === undefined ? undefined : JSON.parse(JSON.stringify(payload));
}

/** Returns a method by its name, or undefined if the object has no such method. */
function methodOf(target: object, name: string): (() => unknown) | undefined {
  const value: unknown = Reflect.get(target, name);
  return isFunction(value) ? value : undefined;
}

function isFunction(value: unknown): value is () => unknown {
  return typeof value === 'function';
}
