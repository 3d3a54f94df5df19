import { isObject } from '../../jobs/internals.js';
import { parseAddress, parseAddresses } from './address.js';
import { parseAttachmentFields } from './attachment-fields.js';
import { checkText, fieldLimits, kindOf, reading, type Refuse } from './field-limits.js';
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
  replyTo: parseAddress,
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
} satisfies { readonly [Field in keyof Required<Mail>]: Reader };

/** The fields of a mail that an action returned, each with its type and length checked. */
export type MailFields = FieldsOf<typeof mailReaders>;

/**
 * Checks the type and the length of each field of the mail that an action returned. It returns a copy, so a getter or a proxy cannot
 * change the mail afterwards.
 *
 * @throws what `refuse` throws
 */
export function readMail(returned: unknown, refuse: Refuse): MailFields {
  return read(returned, mailReaders, refuse, () =>
    refuse(`the action returned ${kindOf(returned)} instead of a mail. Return { to, subject, text }`),
  );
}

/**
 * Checks the type and the length of each field of a mailer's `defaults`.
 *
 * @throws what `refuse` throws
 */
export function readDefaults(defaults: unknown, refuse: Refuse): FieldsOf<typeof defaultsReaders> {
  return read(defaults, defaultsReaders, refuse, () => refuse(`it is ${kindOf(defaults)}. Use an object`));
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
  refuse: Refuse,
  refuseKind: () => never,
): FieldsOf<All> {
  const given = reading('it', refuse, () => (isObject(source) ? source : refuseKind()));
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
