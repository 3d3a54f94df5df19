import { FledgeError } from '../../jobs/index.js';

/**
 * Called with what is wrong, to throw the error that names the mail.
 *
 * @param cause what was thrown underneath, if anything was
 */
export type Refuse = (why: string, cause?: unknown) => never;

/**
 * The most characters, or entries, that a field may have. Users type into these fields, so Fledge checks the limit before it parses
 * anything.
 */
export const fieldLimits = {
  /** Source: RFC 5321 4.5.3.1.3, "the maximum total length of a path is 256 octets", angle brackets included. */
  address: 254,
  name: 300,
  /** A name and an address as one string. It has room for what `address()` makes of the longest name. */
  addressText: 1_000,
  /** Of one field: `to`, `cc` or `bcc`. */
  recipients: 5_000,
  subject: 2_000,
  headers: 100,
  headerName: 100,
  /** Source: Postfix' header_size_limit is 102,400 for all headers. */
  headerValue: 20_000,
  /** Source: RFC 5322 2.1.1, the longest line. */
  messageId: 998,
  attachments: 1_000,
  /** Source: NAME_MAX of Linux. */
  filename: 255,
  contentType: 255,
  cid: 255,
  /** Source: PATH_MAX of Linux. */
  path: 4_096,
  ref: 4_096,
  href: 8_192,
  locale: 100,
  /** Templates, layouts, transports, mailers and actions. */
  reference: 255,
} as const;

/**
 * @param field its name, for the message, which never quotes the value
 * @throws what `refuse` throws, for anything but a string of at most `most` characters
 */
export function checkText(value: unknown, field: string, most: number, refuse: Refuse): string {
  if (typeof value !== 'string') return refuse(`${field} is ${kindOf(value)}. Use a string`);
  checkCount(value.length, 'characters', field, most, refuse);
  return value;
}

/** @throws what `refuse` throws, for anything but an array of at most `most` entries */
export function checkList(value: unknown, field: string, most: number, refuse: Refuse): unknown[] {
  if (!Array.isArray(value)) return refuse(`${field} is ${kindOf(value)}. Use an array`);
  const { length } = value;
  checkCount(length, 'entries', field, most, refuse);
  // Gaps become undefined, which the check of an entry refuses.
  return Array.from({ length }, (_, i) => (value as unknown[])[i]);
}

/** @throws what `refuse` throws */
export function checkCount(count: number, what: string, field: string, most: number, refuse: Refuse): void {
  if (count > most) refuse(`${field} has ${count} ${what}, and the limit is ${most}. Shorten it`);
}

/**
 * Runs what reads values of the application: a getter or a proxy may throw anything.
 *
 * @throws what `refuse` throws, and every FledgeError as it is
 */
export function reading<T>(field: string, refuse: Refuse, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof FledgeError) throw thrown;
    return refuse(`${field} cannot be read, because reading it throws an error`, thrown);
  }
}

/** The kind of a value with its article, for messages. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
