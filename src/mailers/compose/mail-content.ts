import type { MailWithDefaults } from '../mail/mail-fields.js';
import type { MailerOptions, MailSubject } from '../mail/mailer.js';
import { refusing } from '../mail/outgoing-mail.js';
import { FledgeError } from '../../jobs/index.js';
import { localeChain } from '../mail/locale.js';
import type { MailTemplates } from './templates/mail-templates.js';
import type { Template } from '../mail/template-engine.js';
import { textFromHtml } from './text-from-html.js';

/** The subject and the bodies of a mail. */
export interface MailContent {
  readonly subject: string;
  readonly text: string | undefined;
  readonly html: string | undefined;
}

/** The mailer, action and languages of a mail. */
export interface ContentOrigin {
  /** The mailer and its action, for messages. */
  readonly who: string;
  readonly mailer: string;
  readonly action: string;
  readonly locale: string | undefined;
  /** The module's language. */
  readonly fallback: string | undefined;
  readonly subject: MailSubject | undefined;
}

/**
 * Makes the subject and the bodies of a mail. Fields of the mail override templates. Without a text, it is made from the html.
 *
 * @throws FledgeError `FLEDGE_MAIL_INVALID`, `FLEDGE_MAIL_TEMPLATE_INVALID`, `FLEDGE_MAIL_TEMPLATE_MISSING`
 */
export async function makeContent(
  mail: MailWithDefaults,
  origin: ContentOrigin,
  templates: MailTemplates,
): Promise<MailContent> {
  const { who, locale } = origin;
  const { data = {} } = mail;
  const base = templateBase(origin.mailer, mail.template ?? origin.action);
  const found = await templates.find({ who, base, layout: mail.layout, locale, data });
  const isMissing = !found.html && !found.text;
  const hasBody = mail.html !== undefined || typeof mail.text === 'string';
  if (isMissing && (!hasBody || mail.template !== undefined)) {
    throw new FledgeError(
      'FLEDGE_MAIL_TEMPLATE_MISSING',
      `${who} cannot be sent: it has neither text nor html, and no template. Return text or html, or write one of ${found.lookedFor.join(', ')} below ${templates.directory}.`,
    );
  }
  const subjectTemplate = found.subject ?? declaredSubject(origin);
  const subject =
    mail.subject ?? (subjectTemplate && (await found.render('subject', subjectTemplate)).trim());
  const render = async (part: 'text' | 'html'): Promise<string | undefined> =>
    found[part] && found.render(part, found[part], subject);
  const html = mail.html ?? (await render('html'));
  const text = mail.text === false ? undefined : (mail.text ?? (await render('text')));
  return {
    subject: subject ?? refusing(who)('it has no subject. Return a subject, or write a template for it'),
    html,
    text:
      text ??
      (html === undefined || mail.text === false ? undefined : await textFromHtml(html, refusing(who))),
  };
}

/** Returns the subject that the mailer class declares for an action. */
export function subjectOf({ subjects }: MailerOptions, action: string): MailSubject | undefined {
  const declared: Readonly<Record<string, MailSubject>> = subjects ?? {};
  // The action's name comes from the store and may be `constructor`, which every object has.
  return Object.hasOwn(declared, action) ? declared[action] : undefined;
}

/** Returns the subjects of a mailer class as templates, so the boot check finds mistakes in them. */
export function subjectTemplates(
  mailer: string,
  subjects: Readonly<Record<string, MailSubject>>,
): Template[] {
  return Object.entries(subjects).flatMap(([action, subject]) =>
    (typeof subject === 'string' ? [subject] : Object.values(subject)).map((source) =>
      subjectTemplate(mailer, action, source),
    ),
  );
}

/** Returns `user-mailer/welcome` for `UserMailer` and `welcome`. A template name with a slash is returned as it is. */
export function templateBase(mailer: string, template: string): string {
  return template.includes('/') ? template : `${kebab(mailer)}/${kebab(template)}`;
}

function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3-$2$4')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .toLowerCase();
}

function declaredSubject({ mailer, action, subject, locale, fallback }: ContentOrigin): Template | undefined {
  if (subject === undefined) return undefined;
  if (typeof subject === 'string') return subjectTemplate(mailer, action, subject);
  const languages = new Map(
    Object.entries(subject).flatMap(([tag, text]) =>
      Intl.getCanonicalLocales(tag).map((canonical) => [canonical, text] as const),
    ),
  );
  const best = localeChain(locale, fallback).find((one) => one !== undefined && languages.has(one));
  const source = best === undefined ? Object.values(subject)[0] : languages.get(best);
  return source === undefined ? undefined : subjectTemplate(mailer, action, source);
}

const subjectsByKey = new Map<string, Template>();

/** Returns the same object for the same subject each time, as engines expect. The number of declared subjects bounds the map. */
function subjectTemplate(mailer: string, action: string, source: string): Template {
  const name = `@Mailer() ${mailer}, subjects.${action}`;
  const key = `${name}\0${source}`;
  const template = subjectsByKey.get(key) ?? { name, source };
  subjectsByKey.set(key, template);
  return template;
}
