import { FledgeError } from '../jobs/index.js';

/** `'ada@acme.test'`, `'Ada <ada@acme.test>'`, or the two apart. Always exactly one address. */
export type MailAddress = string | { readonly name?: string; readonly address: string };

export interface ParsedAddress {
  readonly name: string;
  readonly address: string;
}

/** Called with what is wrong, to throw the error that names the mail. */
export type Refuse = (why: string) => never;

/** @throws what `refuse` throws, for anything that is not exactly one address */
export function parseAddress(value: MailAddress, field: string, refuse: Refuse): ParsedAddress {
  const { name = '', address } = typeof value === 'string' ? splitAddress(value) : (value ?? {});
  if (
    typeof address !== 'string' ||
    address.length > 254 ||
    !/^[^\s\p{Cc}@,;:<>()[\]"\\]+@[^\s\p{Cc}@,;:<>()[\]"\\]+$/u.test(address)
  ) {
    refuse(
      `${field} has ${field === 'from' ? JSON.stringify(value) : shapeOf(value)}, which is not one address. Give each its own entry: ['a@acme.test', 'B <b@acme.test>']`,
    );
  }
  if (typeof name !== 'string') refuse(`${field} has a name that is no text`);
  if (hasLineBreak(name)) refuse(`${field} has a name with a line break. Remove it`);
  return { name, address };
}

/** A recipient's letters are nobody's business but their own; what is wrong with them are the other characters. */
function shapeOf(value: MailAddress): string {
  const text = typeof value === 'string' ? value : (value as Partial<{ address: unknown }>)?.address;
  if (typeof text !== 'string') return `no address but ${text === null ? 'null' : typeof text}`;
  return `${JSON.stringify(text.replace(/[\p{L}\p{M}\p{N}]/gu, 'x'))} (letters are shown as x)`;
}

function splitAddress(text: string): { name: string; address: string } {
  const named = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^"<>]*?))\s*<([^<>]*)>\s*$/s.exec(text);
  if (!named) return { name: '', address: text.trim() };
  const [, quoted, plain = '', address] = named;
  return { name: quoted?.replace(/\\(.)/gs, '$1') ?? plain, address: address! };
}

/**
 * A name and an address as one string, `"Lovelace, Ada" <ada@acme.test>`: whatever the name has in it, it stays one
 * recipient. What Action Mailer calls `email_address_with_name`.
 *
 * @throws FledgeError `FLEDGE_MAIL_INVALID` for what is not one address, or a name with a line break
 */
export function address(name: string | undefined, email: string): string {
  const parsed = parseAddress({ name: name ?? '', address: email }, 'address()', (why) => {
    throw new FledgeError('FLEDGE_MAIL_INVALID', `${why}.`);
  });
  if (parsed.name.trim() === '') return parsed.address;
  return `"${parsed.name.replace(/["\\]/g, '\\$&')}" <${parsed.address}>`;
}

/** Line breaks, and all else but a tab that some program on the way may take for one, or for a text's end. */
export function hasLineBreak(text: string): boolean {
  return /[^\P{Cc}\t]|[\u2028\u2029]/u.test(text);
}
