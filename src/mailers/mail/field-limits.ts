import { FledgeError } from '../../jobs/index.js';
import { didYouMean } from '../../jobs/internals.js';
import { longestReference } from '../enqueue/mail-request.js';

/**
 * Throws the error that names the mail.
 *
 * @param why what is wrong with the mail
 * @param cause the error underneath, if there is one
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
  /** A name and an address as one string. The result of `address()` with the longest name fits. */
  addressText: 1_000,
  /** In one field: `to`, `cc` or `bcc`. */
  recipients: 5_000,
  subject: 2_000,
  headers: 100,
  headerName: 100,
  /** Source: Postfix' header_size_limit is 102,400 for all headers. */
  headerValue: 20_000,
  /** Source: RFC 5322 2.1.1, the longest line. */
  messageId: 998,
  attachments: 1_000,
  alternatives: 10,
  /** Source: NAME_MAX of Linux. */
  filename: 255,
  contentType: 255,
  cid: 255,
  /** Source: PATH_MAX of Linux. */
  path: 4_096,
  ref: 4_096,
  href: 8_192,
  locale: 100,
  /** The names of templates, layouts, transports, mailers and actions. */
  reference: longestReference,
} as const;

/**
 * Checks that a field is a string and not too long.
 *
 * @param field the name of the field, for the message. The message never quotes the value
 * @throws what `refuse` throws, unless the value is a string of at most `most` characters
 */
export function checkText(value: unknown, field: string, most: number, refuse: Refuse): string {
  if (typeof value !== 'string') return refuse(`${field} is ${kindOf(value)}. Use a string`);
  checkCount(value.length, 'characters', field, most, refuse);
  return value;
}

/**
 * Checks that a field is an array and not too long. Returns a copy.
 *
 * @throws what `refuse` throws, unless the value is an array of at most `most` entries
 */
export function checkList(value: unknown, field: string, most: number, refuse: Refuse): unknown[] {
  if (!Array.isArray(value)) return refuse(`${field} is ${kindOf(value)}. Use an array`);
  const list: readonly unknown[] = value;
  const { length } = list;
  checkCount(length, 'entries', field, most, refuse);
  // Gaps become undefined, and the check of an entry refuses undefined.
  return Array.from({ length }, (_, i) => list[i]);
}

/**
 * Refuses a field that nothing would read, so no part of a mail is left out silently. A field without a value is ignored.
 *
 * @param what the object that has the fields, for the message
 * @param known the fields that are read
 * @param advice what to use instead of fields that other libraries have
 * @throws what `refuse` throws
 */
export function refuseUnknown(
  given: Readonly<Record<string, unknown>>,
  what: string,
  known: readonly string[],
  advice: Readonly<Record<string, string>>,
  refuse: Refuse,
): void {
  const unknown = Object.keys(given).find(
    (name) => !known.includes(name) && given[name] !== undefined && given[name] !== null,
  );
  if (unknown === undefined) return;
  const use = Object.hasOwn(advice, unknown)
    ? ` ${advice[unknown]}`
    : `${didYouMean(unknown.slice(0, 50), known)} The fields are ${known.join(', ')}`;
  refuse(`${what} has the unknown field ${JSON.stringify(unknown.slice(0, 50))}.${use}`);
}

/** @throws what `refuse` throws */
export function checkCount(count: number, what: string, field: string, most: number, refuse: Refuse): void {
  if (count > most) refuse(`${field} has ${count} ${what}, and the limit is ${most}. Shorten it`);
}

/**
 * Reads values of the application with `read`, and calls `refuse` if a getter or a proxy of the application throws.
 *
 * @throws what `refuse` throws, and a FledgeError of `read` as it is
 */
export function reading<T>(field: string, refuse: Refuse, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof FledgeError) throw thrown;
    return refuse(
      `${field} cannot be read, because reading it throws an error. Return plain objects`,
      thrown,
    );
  }
}

/** Returns the kind of a value with its article, such as `a number`, for messages. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
