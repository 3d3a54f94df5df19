import { isObject } from '../../jobs/internals.js';
import { parseAddress, parseAddresses, parseBareAddress } from './address.js';
import { parseAlternatives, parseAttachmentFields } from './attachment-fields.js';
import { checkText, fieldLimits, kindOf, reading, refuseUnknown, type Refuse } from './field-limits.js';
import { checkHeaders } from './headers.js';
import { canonicalLocale } from './locale.js';
import type { Mail, MailDefaults } from './mail.js';

/** Checks the value of a field and returns a copy. */
type Reader<Value = unknown> = (value: unknown, field: string, refuse: Refuse) => Value;

type Readers = Readonly<Record<string, Reader>>;

/** The fields that these readers read. A field without a value is missing. */
type FieldsOf<All extends Readers> = { readonly [Field in keyof All]?: ReturnType<All[Field]> };

const reference: Reader<string> = (value, field, refuse) =>
  checkText(value, field, fieldLimits.reference, refuse);
/** `SizeBudget` limits the size of the whole mail. */
const anyText: Reader<string> = (value, field, refuse) => checkText(value, field, Infinity, refuse);
const unlessFalse =
  <Value>(read: Reader<Value>): Reader<Value | false> =>
  (value, field, refuse) =>
    value === false ? false : read(value, field, refuse);

const defaultsReaders = {
  from: parseAddress,
  cc: parseAddresses,
  bcc: parseAddresses,
  replyTo: parseAddresses,
  sender: parseAddress,
  returnPath: parseBareAddress,
  headers: (value: unknown, _: string, refuse: Refuse) => checkHeaders(value, refuse),
  layout: unlessFalse(reference),
  locale: (value: unknown, _: string, refuse: Refuse) => canonicalLocale(value, refuse),
  transport: reference,
} satisfies { readonly [Field in keyof Required<MailDefaults>]: Reader };

const mailReaders = {
  ...defaultsReaders,
  to: parseAddresses,
  subject: (value: unknown, field: string, refuse: Refuse) =>
    checkText(value, field, fieldLimits.subject, refuse),
  text: unlessFalse(anyText),
  html: anyText,
  data: copyOfData,
  template: reference,
  attachments: parseAttachmentFields,
  alternatives: parseAlternatives,
  messageId: checkMessageId,
} satisfies { readonly [Field in keyof Required<Mail>]: Reader };

/** Advice about the fields of nodemailer's, @nestjs-modules/mailer's and other libraries' mails. */
const advice: Readonly<Record<string, string>> = {
  amp: "Use alternatives: [{ contentType: 'text/x-amp-html', content }]",
  body: 'Use text or html',
  context: 'Use data',
  date: 'The transport writes the date when it sends the mail',
  dkim: 'Set dkim in the transport',
  envelope: 'Use returnPath for the sender of the envelope, and to, cc and bcc for its recipients',
  icalEvent: "Use alternatives: [{ contentType: 'text/calendar; method=REQUEST', content }]",
  inReplyTo: "Use headers: { 'In-Reply-To': id }",
  list: "Use headers: { 'List-Unsubscribe': '<https://…>' }",
  priority: "Use headers: { 'X-Priority': '1', Importance: 'high' }",
  raw: 'Return the fields of the mail, or send raw messages with nodemailer',
  references: 'Use headers: { References: ids }',
};

/** Fields that each mail needs to set, and a class cannot. */
const ofMails = 'Return it from the action';

/** The fields of a mail that an action returned, each with its type and length checked. */
export type MailFields = FieldsOf<typeof mailReaders>;

/**
 * Checks the type and the length of each field of the mail that an action returned. It returns a copy, so a getter or a proxy cannot
 * change the mail afterwards.
 *
 * @throws what `refuse` throws
 */
export function readMail(returned: unknown, refuse: Refuse): MailFields {
  return read(returned, mailReaders, advice, refuse, () =>
    refuse(`the action returned ${kindOf(returned)} instead of a mail. Return { to, subject, text }`),
  );
}

/**
 * Checks the type and the length of each field of a mailer's `defaults`.
 *
 * @throws what `refuse` throws
 */
export function readDefaults(defaults: unknown, refuse: Refuse): FieldsOf<typeof defaultsReaders> {
  const ofEachMail = Object.fromEntries(Object.keys(mailReaders).map((field) => [field, ofMails]));
  return read(defaults, defaultsReaders, { ...advice, ...ofEachMail }, refuse, () =>
    refuse(`it is ${kindOf(defaults)}. Use an object`),
  );
}

/** A mail with the defaults of its mailer class. */
export type MailWithDefaults = ReturnType<typeof withDefaults>;

/** Adds the defaults of the mailer class to the fields that a mail does not set. */
export function withDefaults(mail: MailFields, defaults: MailDefaults) {
  return { ...defaults, ...mail, headers: joinHeaders(defaults.headers ?? {}, mail.headers ?? {}) };
}

/** Header names are not case-sensitive. */
function joinHeaders(
  defaults: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const names = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const kept = Object.entries(defaults).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...own };
}

function read<All extends Readers>(
  source: unknown,
  readers: All,
  adviceFor: Readonly<Record<string, string>>,
  refuse: Refuse,
  refuseKind: () => never,
): FieldsOf<All> {
  const given = reading('it', refuse, () => (isObject(source) ? source : refuseKind()));
  reading('it', refuse, () => refuseUnknown(given, 'it', Object.keys(readers), adviceFor, refuse));
  const copy: Record<string, unknown> = {};
  for (const [field, reader] of Object.entries(readers)) {
    const value = reading(field, refuse, () => {
      const own = Object.hasOwn(given, field) ? given[field] : undefined;
      // A database column without a value is null.
      return own === null || own === undefined ? undefined : reader(own, field, refuse);
    });
    if (value !== undefined) copy[field] = value;
  }
  // The reader of a field made its value, which the type of `copy` does not record.
  return copy as FieldsOf<All>;
}

/** Variables that every template has, besides those in `data`. */
const reserved = ['content', 'mail'];

function copyOfData(data: unknown, field: string, refuse: Refuse): object {
  if (!isObject(data)) return refuse(`${field} is ${kindOf(data)}. Use an object`);
  const taken = reserved.find((name) => name in data);
  if (taken) refuse(`its data has "${taken}", which is a variable of Fledge. Use another name`);
  return { ...data };
}

/**
 * Checks the id of a mail, and returns it.
 *
 * @throws what `refuse` throws
 */
export function checkMessageId(value: unknown, field: string, refuse: Refuse): string {
  const id = checkText(value, field, fieldLimits.messageId, refuse);
  return /^<[^\s<>@]+@[^\s<>@]+>$/.test(id)
    ? id
    : refuse(`its ${field} is invalid. Use the form <id@domain>`);
}
