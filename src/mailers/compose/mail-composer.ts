import { domainToASCII } from 'node:url';
import { Inject, Injectable } from '@nestjs/common';
import type { JobContext } from '../../jobs/index.js';
import { parseAddress, parseAddresses } from '../mail/address.js';
import { readAttachments } from './attachments/attachment-reader.js';
import { checkMailerDefaults, checkMailersOptions, requireFrom } from '../options/check-options.js';
import { canonicalLocale } from '../mail/locale.js';
import { readMail, withDefaults, type MailWithDefaults } from '../mail/mail-fields.js';
import { makeContent, subjectOf, subjectTemplates, templateBase } from './mail-content.js';
import { checkSize, defaultMaxSize, SizeBudget } from '../mail/mail-size.js';
import { MailerRegistry } from './mailer-registry.js';
import { MAILERS_OPTIONS, type MailersOptions } from '../options/mailers-options.js';
import { checkOutgoing, refusing, type OutgoingMail } from '../mail/outgoing-mail.js';
import { MailTemplates } from './templates/mail-templates.js';

/** The mail to make: its mailer, action and payload. */
export interface MailRequest {
  /** The mailer's stored name. */
  readonly mailer: string;
  readonly action: string;
  readonly payload?: unknown;
  readonly context: JobContext;
  /** A language that overrides the mail's language, as a BCP 47 tag. @default the locale of the action, its class or the module */
  readonly locale?: string;
}

/** Makes all mails, for deliveries and for previews. */
@Injectable()
export class MailComposer {
  constructor(
    private readonly mailers: MailerRegistry,
    private readonly templates: MailTemplates,
    @Inject(MAILERS_OPTIONS) private readonly options: MailersOptions,
  ) {}

  /**
   * Checks options, mailer classes and templates at boot.
   *
   * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_MAIL_FROM_MISSING`, `FLEDGE_MAIL_TEMPLATE_INVALID`, `FLEDGE_MAIL_TEMPLATE_MISSING`,
   * `FLEDGE_PEER_MISSING`
   */
  async checkAtBoot(): Promise<void> {
    checkMailersOptions(this.options);
    const mailers = this.mailers.list();
    for (const { name, options } of mailers) {
      checkMailerDefaults(name, options);
      requireFrom(name, options, this.options);
    }
    await this.templates.check(
      mailers.flatMap(({ name, options }) => subjectTemplates(name, options.subjects ?? {})),
      mailers.flatMap(({ name, options: { defaults } }) =>
        defaults?.layout ? [{ who: `@Mailer() of ${name}`, layout: defaults.layout }] : [],
      ),
    );
  }

  /**
   * Makes a mail.
   *
   * @throws FledgeError `FLEDGE_MAIL_INVALID`, `FLEDGE_MAIL_TOO_LARGE`, `FLEDGE_MAIL_ATTACHMENT_FAILED`,
   * `FLEDGE_MAIL_ATTACHMENT_REFUSED`, `FLEDGE_MAIL_TEMPLATE_INVALID`, `FLEDGE_MAIL_TEMPLATE_MISSING`,
   * `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_MAILER_ACTION_UNKNOWN`, and what the action throws
   */
  async compose(request: MailRequest): Promise<OutgoingMail> {
    const { mailer, action, payload, context } = request;
    const who = `${mailer}.${action}`;
    const returned = await this.mailers.make(mailer, action, payload, context);
    const options = this.mailers.optionsOf(mailer);
    const mail = withDefaults(readMail(returned, refusing(who)), options.defaults ?? {});
    const wanted = request.locale ?? mail.locale ?? this.options.locale;
    const locale = wanted === undefined ? undefined : canonicalLocale(wanted, refusing(who));
    const addressed = this.addressed(mail, who, context.id);
    const subject = subjectOf(options, action);
    const fallback = this.options.locale;
    const content = await makeContent(
      mail,
      { who, mailer, action, locale, fallback, subject },
      this.templates,
    );
    const limit = new SizeBudget(this.options.maxSize ?? defaultMaxSize, who);
    for (const body of [content.text, content.html]) if (body) limit.spend(Buffer.byteLength(body));
    const attachments = await readAttachments(
      mail.attachments ?? [],
      this.options.attachments ?? {},
      limit,
      who,
      context.signal,
    );
    const { headers, alternatives, transport } = mail;
    return this.check(
      {
        ...addressed,
        ...content,
        headers,
        attachments,
        ...(alternatives && { alternatives }),
        locale,
        transport,
      },
      who,
    );
  }

  /**
   * Checks a mail again after a middleware changed it.
   *
   * @param who the mailer and its action, for messages
   * @throws FledgeError `FLEDGE_MAIL_INVALID`, `FLEDGE_MAIL_TOO_LARGE`
   */
  check(mail: OutgoingMail, who: string): OutgoingMail {
    const checked = checkOutgoing(mail, who);
    checkSize(checked, this.options.maxSize ?? defaultMaxSize, who);
    return checked;
  }

  /** Returns the languages of an action's templates and subject. Templates without a language are not counted. */
  async locales(mailer: string, action: string): Promise<readonly string[]> {
    const subject = subjectOf(this.mailers.optionsOf(mailer), action) ?? '';
    const ofSubject = typeof subject === 'string' ? [] : Intl.getCanonicalLocales(Object.keys(subject));
    const ofTemplates = await this.templates.localesOf(templateBase(mailer, action));
    return [...new Set([...ofTemplates, ...ofSubject])].sort();
  }

  private addressed(mail: MailWithDefaults, who: string, id: string) {
    const refuse = refusing(who);
    const sender = mail.from ?? this.options.from;
    if (sender === undefined)
      return refuse('it has no from. Set from in the mail or in MailersModule.forRoot');
    const from = parseAddress(sender, 'from', refuse);
    const domain = from.address.slice(from.address.lastIndexOf('@') + 1);
    return {
      // Nodemailer does not convert this domain to ASCII, and not every server accepts other characters in a header.
      messageId: mail.messageId ?? `<${id}@${domainToASCII(domain) || domain}>`,
      from,
      to: parseAddresses(mail.to, 'to', refuse),
      cc: parseAddresses(mail.cc, 'cc', refuse),
      bcc: parseAddresses(mail.bcc, 'bcc', refuse),
      replyTo: parseAddresses(mail.replyTo, 'replyTo', refuse),
      ...(mail.sender !== undefined && { sender: parseAddress(mail.sender, 'sender', refuse) }),
      ...(mail.returnPath !== undefined && { returnPath: mail.returnPath }),
    };
  }
}
