import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { MarkedProviders, type MarkedProvider } from '../../../jobs/internals.js';
import { MailComposer } from '../../compose/mail-composer.js';
import { MailerRegistry } from '../../compose/mailer-registry.js';
import { MAILERS_OPTIONS, type MailersOptions } from '../../options/mailers-options.js';
import { MailExamples, mailPreviewOf, type MailPreviewMark } from './mail-preview.js';
import { MAIL_PREVIEW_OPTIONS, refuseUnguarded, type MailPreviewOptions } from '../access/preview-options.js';
import { showOutgoing } from './show-outgoing.js';
import type { ShownMail } from './shown-mail.js';
import { standInContext } from './preview-context.js';

/** A mail that previews know of. */
export interface PreviewedAction {
  readonly mailer: string;
  readonly action: string;
  /** Gives its payload; none for an action without one. */
  readonly preview: MarkedProvider<MailPreviewMark> | undefined;
  /** Whether it can be shown: a preview gives its payload, or it takes none. */
  readonly ready: boolean;
}

/** The payloads of an action's preview by name. A single one has the name ''. */
export type Payloads = ReadonlyMap<string, unknown>;

type Methods = Readonly<Record<string, (() => unknown) | undefined>>;

/** Knows which mails can be shown, and makes them. */
@Injectable()
export class MailPreviews implements OnModuleInit {
  constructor(
    private readonly providers: MarkedProviders,
    private readonly mailers: MailerRegistry,
    private readonly composer: MailComposer,
    @Inject(MAILERS_OPTIONS) private readonly mailersOptions: MailersOptions,
    @Inject(MAIL_PREVIEW_OPTIONS) private readonly options: MailPreviewOptions,
  ) {}

  /** @throws FledgeError `FLEDGE_MAIL_PREVIEW_UNGUARDED`; `FLEDGE_MAILER_NOT_REGISTERED` for a preview of what is no mailer here */
  onModuleInit(): void {
    refuseUnguarded(this.options);
    for (const { mark } of this.providers.find(mailPreviewOf)) this.mailers.requireMailer(mark.mailerClass);
  }

  /** All actions of all mailers, by name. */
  list(): readonly PreviewedAction[] {
    const previews = this.providers.find(mailPreviewOf);
    const has = (candidate: { readonly prototype: unknown }, action: string) =>
      typeof (candidate.prototype as Methods)[action] === 'function';
    return this.mailers
      .list()
      .flatMap(({ name, mailerClass, actions }) =>
        actions.map((action) => {
          const preview = previews.find(
            ({ mark, markedClass }) => mark.mailerClass === mailerClass && has(markedClass, action),
          );
          const takesNone = (mailerClass.prototype as Methods)[action]!.length === 0;
          return { mailer: name, action, preview, ready: preview !== undefined || takesNone };
        }),
      )
      .sort((a, b) => a.mailer.localeCompare(b.mailer) || a.action.localeCompare(b.action));
  }

  /** Rejects with what the preview's method throws. */
  async payloads({ mailer, action, preview }: PreviewedAction): Promise<Payloads> {
    if (!preview) return new Map([['', undefined]]);
    const instance = (await preview.instance(standInContext(`${mailer}.${action}`))) as Methods;
    const given = await instance[action]!();
    return given instanceof MailExamples ? new Map(Object.entries(given.byName)) : new Map([['', given]]);
  }

  /** The languages that an action has templates in. Those of no language are in the module's. */
  async locales({ mailer, action }: PreviewedAction): Promise<readonly string[]> {
    const own = await this.composer.locales(mailer, action);
    const usual = this.mailersOptions.locale;
    return own.length === 0 || usual === undefined ? own : [...new Set([usual, ...own])].sort();
  }

  /**
   * Rejects with what the action throws, and with what is wrong with its mail.
   *
   * @param locale another than the mail's own
   */
  async show({ mailer, action }: PreviewedAction, payload: unknown, locale?: string): Promise<ShownMail> {
    const mail = await this.composer.compose({
      mailer,
      action,
      payload: afterTransport(payload),
      context: standInContext(`${mailer}.${action}`),
      ...(locale === undefined ? {} : { locale }),
    });
    return showOutgoing(mail);
  }
}

/** A payload as the worker would get it: through JSON. */
function afterTransport(payload: unknown): unknown {
  return payload === undefined ? undefined : JSON.parse(JSON.stringify(payload));
}
