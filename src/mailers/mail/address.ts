import { isObject } from '../../jobs/internals.js';
import {
  checkCount,
  checkList,
  checkText,
  fieldLimits,
  kindOf,
  reading,
  type Refuse,
} from './field-limits.js';
import { UnsendableMail } from './unsendable-mail.js';

/** Exactly one address: `'ada@acme.test'`, `'Ada <ada@acme.test>'`, or `{ name: 'Ada', address: 'ada@acme.test' }`. */
export type MailAddress = string | { readonly name?: string; readonly address: string };

export interface ParsedAddress {
  readonly name: string;
  readonly address: string;
}

/** Excludes spaces, control characters and the characters that separate addresses. */
const addressForm = /^[^\s\p{Cc}\p{Cs}@,;:<>()[\]"\\]+@[^\s\p{Cc}\p{Cs}@,;:<>()[\]"\\]+$/u;

/** A name, quoted or not, before an address in angle brackets. It runs in linear time, because no two adjacent parts match the same character. */
const namedForm = /^(?:"((?:[^"\\]|\\.)*)"\s*|([^"<>]*))<([^<>]*)>$/s;

/**
 * Reads a field that has one address, a `MailAddress`.
 *
 * @throws what `refuse` throws, unless the value is exactly one address
 */
export function parseAddress(value: unknown, field: string, refuse: Refuse): ParsedAddress {
  return parseOne(value, field, refuse, "Use one address, such as 'Ada <ada@acme.test>'");
}

function parseOne(value: unknown, field: string, refuse: Refuse, advice: string): ParsedAddress {
  const { name, address } = reading(field, refuse, () => partsOf(value, field, refuse, advice));
  checkCount(address.length, 'characters in its address', field, fieldLimits.address, refuse);
  if (!addressForm.test(address)) {
    const shape = field === 'from' ? JSON.stringify(address) : shapeOf(address);
    refuse(`${field} has ${shape}, which is not one address. ${advice}`);
  }
  checkCount(name.length, 'characters in its name', field, fieldLimits.name, refuse);
  if (hasLineBreak(name)) refuse(`${field} has a name with a line break. Remove it`);
  return { name, address };
}

/**
 * Reads a field that may have several addresses: a `MailAddress`, an array of them, or undefined.
 *
 * @throws what `refuse` throws, for an entry that is not exactly one address, and for too many entries
 */
export function parseAddresses(value: unknown, field: string, refuse: Refuse): readonly ParsedAddress[] {
  if (value === undefined) return [];
  return reading(field, refuse, () => {
    const parse = (address: unknown, which: string): ParsedAddress =>
      parseOne(address, which, refuse, "Use one entry for each address: ['a@acme.test', 'B <b@acme.test>']");
    if (!Array.isArray(value)) return [parse(value, field)];
    const list = checkList(value, field, fieldLimits.recipients, refuse);
    return list.map((address, i) => parse(address, `${field}[${i}]`));
  });
}

/**
 * Reads a field that has one address without a name, in the form `ada@acme.test`.
 *
 * @throws what `refuse` throws
 */
export function parseBareAddress(value: unknown, field: string, refuse: Refuse): string {
  const text = checkText(value, field, fieldLimits.address, refuse);
  if (addressForm.test(text)) return text;
  return refuse(
    `${field} has ${shapeOf(text)}, which is not one address without a name. Use the form 'bounces@acme.test'`,
  );
}

function partsOf(value: unknown, field: string, refuse: Refuse, advice: string): ParsedAddress {
  if (typeof value === 'string') {
    return splitAddress(checkText(value, field, fieldLimits.addressText, refuse));
  }
  if (Array.isArray(value)) return refuse(`${field} is an array, which is not one address. ${advice}`);
  if (!isObject(value)) {
    return refuse(
      `${field} is ${kindOf(value)}, which is not one address. Use a string or { name, address }`,
    );
  }
  const { name, address } = value;
  return {
    name: name === undefined ? '' : checkText(name, `the name of ${field}`, fieldLimits.name, refuse),
    address: checkText(address, `the address of ${field}`, fieldLimits.address, refuse),
  };
}

/** Returns an address with its letters replaced. The message shows what is wrong with the address and does not reveal it. */
function shapeOf(address: string): string {
  return `${JSON.stringify(address.replace(/[\p{L}\p{M}\p{N}]/gu, 'x'))} (letters are shown as x)`;
}

function splitAddress(text: string): ParsedAddress {
  const trimmed = text.trim();
  const named = namedForm.exec(trimmed);
  if (!named) return { name: '', address: trimmed };
  const [, quoted, plain = '', address = ''] = named;
  return { name: quoted?.replace(/\\(.)/gs, '$1') ?? plain.trim(), address };
}

/**
 * Joins a name and an address to one string, such as `"Lovelace, Ada" <ada@acme.test>`. The result is always exactly one recipient,
 * even if the name contains commas, quotes or `<`. Action Mailer calls it `email_address_with_name`.
 *
 * @throws FledgeError `FLEDGE_MAIL_INVALID` for anything but one address, for a name with a line break, and if one of them is too
 * long
 */
export function address(name: string | undefined, email: string): string {
  const parsed = parseAddress({ name: name ?? '', address: email }, 'address()', (why, cause) => {
    throw new UnsendableMail('FLEDGE_MAIL_INVALID', `${why}.`, { cause });
  });
  if (parsed.name.trim() === '') return parsed.address;
  return `"${parsed.name.replace(/["\\]/g, '\\$&')}" <${parsed.address}>`;
}

/** Returns true for a text with a line break, or with another control character that a mail program may treat as one. A tab is allowed. */
export function hasLineBreak(text: string): boolean {
  return /[^\P{Cc}\t]|[\u2028\u2029]/u.test(text);
}
