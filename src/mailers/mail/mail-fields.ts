import { parseAttachmentFields } from './attachment-fields.js';
import { parseAddress, parseAddresses, type MailAddress } from './address.js';
import { checkText, fieldLimits, kindOf, reading, type Refuse } from './field-limits.js';
import { canonicalLocale } from './locale.js';
import type { Mail, MailDefaults } from './mail.js';
import { checkHeaders } from './headers.js';

type Reader = (value: unknown, field: string, refuse: Refuse) => unknown;

const reference: Reader = (value, field, refuse) => checkText(value, field, fieldLimits.reference, refuse);
/** The size of the whole mail is limited elsewhere. */
const anyText: Reader = (value, field, refuse) => checkText(value, field, Infinity, refuse);
const unlessFalse =
  (read: Reader): Reader =>
  (value, field, refuse) =>
    value === false ? false : read(value, field, refuse);

const addresses: Reader = (value, field, refuse) => parseAddresses(value as MailAddress, field, refuse);
const oneAddress: Reader = (value, field, refuse) => parseAddress(value as MailAddress, field, refuse);

const defaultsReaders: { readonly [Field in keyof Required<MailDefaults>]: Reader } = {
  from: oneAddress,
  cc: addresses,
  bcc: addresses,
  replyTo: oneAddress,
  headers: (value, _, refuse) => checkHeaders(value, refuse),
  layout: unlessFalse(reference),
  locale: (value, _, refuse) => canonicalLocale(value as string, refuse),
  transport: reference,
};

const mailReaders: { readonly [Field in keyof Required<Mail>]: Reader } = {
  ...defaultsReaders,
  to: addresses,
  subject: (value, field, refuse) => checkText(value, field, fieldLimits.subject, refuse),
  text: unlessFalse(anyText),
  html: anyText,
  data: copyOfData,
  template: reference,
  attachments: parseAttachmentFields,
};

/**
 * The mail that an action returned, with the type and the length of each field checked. It is a copy, so a getter or a proxy cannot
 * change it afterwards.
 *
 * @throws what `refuse` throws
 */
export function readMail(returned: unknown, refuse: Refuse): Mail {
  return read(returned, mailReaders, refuse) as unknown as Mail;
}

/** @throws what `refuse` throws */
export function readDefaults(defaults: unknown, refuse: Refuse): MailDefaults {
  return read(defaults, defaultsReaders, refuse);
}

function read(
  source: unknown,
  readers: Readonly<Record<string, Reader>>,
  refuse: Refuse,
): Record<string, unknown> {
  if (typeof source !== 'object' || source === null) {
    return refuse(`the action returned ${kindOf(source)} instead of a mail. Return { to, subject, text }`);
  }
  const copy: Record<string, unknown> = {};
  for (const [field, reader] of Object.entries(readers)) {
    const value = reading(field, refuse, () => {
      const own = Object.hasOwn(source, field) ? (source as Record<string, unknown>)[field] : undefined;
      // A column of a database that has no value is null.
      return own === null || own === undefined ? undefined : reader(own, field, refuse);
    });
    if (value !== undefined) copy[field] = value;
  }
  return copy;
}

/** Names that templates know without `data`. */
const reserved = ['content', 'mail'];

function copyOfData(data: unknown, field: string, refuse: Refuse): object {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return refuse(`${field} is ${kindOf(data)}. Use an object`);
  }
  const taken = reserved.find((name) => name in data);
  if (taken) refuse(`its data has "${taken}", a name that Fledge gives to templates. Use another name`);
  return { ...data };
}
