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

/** `'ada@acme.test'`, `'Ada <ada@acme.test>'`, or the two apart. Always exactly one address. */
export type MailAddress = string | { readonly name?: string; readonly address: string };

export interface ParsedAddress {
  readonly name: string;
  readonly address: string;
}

/** Neither of an address' two parts has one of these. */
const addressForm = /^[^\s\p{Cc}\p{Cs}@,;:<>()[\]"\\]+@[^\s\p{Cc}\p{Cs}@,;:<>()[\]"\\]+$/u;

/** A name, quoted or not, before an address in angle brackets. No two neighbouring parts take the same character, so it is linear. */
const namedForm = /^(?:"((?:[^"\\]|\\.)*)"\s*|([^"<>]*))<([^<>]*)>$/s;

/** @throws what `refuse` throws, for anything that is not exactly one address */
export function parseAddress(value: MailAddress, field: string, refuse: Refuse): ParsedAddress {
  const { name, address } = reading(field, refuse, () => partsOf(value, field, refuse));
  checkCount(address.length, 'characters in its address', field, fieldLimits.address, refuse);
  if (!addressForm.test(address)) {
    const shape = field === 'from' ? JSON.stringify(address) : shapeOf(address);
    refuse(
      `${field} has ${shape}, which is not one address. Give each its own entry: ['a@acme.test', 'B <b@acme.test>']`,
    );
  }
  checkCount(name.length, 'characters in its name', field, fieldLimits.name, refuse);
  if (hasLineBreak(name)) refuse(`${field} has a name with a line break. Remove it`);
  return { name, address };
}

/**
 * Reads a field that may have several addresses.
 *
 * @throws what `refuse` throws, for an entry that is not exactly one address, or too many entries
 */
export function parseAddresses(
  value: MailAddress | readonly MailAddress[] | undefined,
  field: string,
  refuse: Refuse,
): readonly ParsedAddress[] {
  if (value === undefined) return [];
  return reading(field, refuse, () => {
    if (!Array.isArray(value)) return [parseAddress(value as MailAddress, field, refuse)];
    const list = checkList(value, field, fieldLimits.recipients, refuse) as MailAddress[];
    return list.map((address, i) => parseAddress(address, `${field}[${i}]`, refuse));
  });
}

function partsOf(value: unknown, field: string, refuse: Refuse): ParsedAddress {
  if (typeof value === 'string') {
    return splitAddress(checkText(value, field, fieldLimits.addressText, refuse));
  }
  if (typeof value !== 'object' || value === null) {
    return refuse(
      `${field} is ${kindOf(value)}, which is not one address. Use a string or { name, address }`,
    );
  }
  const { name, address } = value as { readonly name?: unknown; readonly address?: unknown };
  return {
    name: name === undefined ? '' : checkText(name, `the name of ${field}`, fieldLimits.name, refuse),
    address: checkText(address, `the address of ${field}`, fieldLimits.address, refuse),
  };
}

/** The message shows what is wrong with a recipient's address, but not whose address it is. */
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
 * A name and an address as one string, `"Lovelace, Ada" <ada@acme.test>`: whatever the name has in it, it stays one
 * recipient. What Action Mailer calls `email_address_with_name`.
 *
 * @throws FledgeError `FLEDGE_MAIL_INVALID` for what is not one address, a name with a line break, or either of them too long
 */
export function address(name: string | undefined, email: string): string {
  const parsed = parseAddress({ name: name ?? '', address: email }, 'address()', (why, cause) => {
    throw new UnsendableMail('FLEDGE_MAIL_INVALID', `${why}.`, { cause });
  });
  if (parsed.name.trim() === '') return parsed.address;
  return `"${parsed.name.replace(/["\\]/g, '\\$&')}" <${parsed.address}>`;
}

/** Line breaks, and all else but a tab that some program on the way may take for one, or for a text's end. */
export function hasLineBreak(text: string): boolean {
  return /[^\P{Cc}\t]|[\u2028\u2029]/u.test(text);
}
