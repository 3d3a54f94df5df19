import { isObject } from '../../jobs/internals.js';
import { hasLineBreak } from './address.js';
import { checkCount, checkText, fieldLimits, kindOf, reading, type Refuse } from './field-limits.js';

/** Headers that a mail has its own fields for, in lower case. */
const fields: Readonly<Record<string, string>> = {
  to: 'to',
  from: 'from',
  cc: 'cc',
  bcc: 'bcc',
  'reply-to': 'replyTo',
  sender: 'sender',
  subject: 'subject',
  'message-id': 'messageId',
  'return-path': 'returnPath',
  'content-language': 'locale',
};

/** Headers that the transport writes. */
const written = /^(date|mime-version|content-.*|resent-.*)$/;

/** Returns what to do instead of setting a header, or undefined for a header that a mail can set. */
function adviceFor(name: string): string | undefined {
  const header = name.toLowerCase();
  if (Object.hasOwn(fields, header)) return `has its own field. Use ${fields[header]} instead`;
  return written.test(header) ? 'is written when the mail is sent. Remove it' : undefined;
}

/**
 * Checks additional headers, and returns a copy.
 *
 * @throws what `refuse` throws, for a name or a value that cannot be in a header, and for headers that a mail has fields for
 */
export function checkHeaders(headers: unknown, refuse: Refuse): Readonly<Record<string, string>> {
  if (!isObject(headers)) {
    return refuse(`headers is ${kindOf(headers)}. Use an object with a string for each name`);
  }
  const names = reading('headers', refuse, () => Object.keys(headers));
  checkCount(names.length, 'entries', 'headers', fieldLimits.headers, refuse);
  const entries = names.map((name): [string, string] => {
    checkCount(name.length, 'characters in a name', 'headers', fieldLimits.headerName, refuse);
    if (!/^[A-Za-z0-9-]+$/.test(name))
      refuse(`${JSON.stringify(name)} cannot be a header's name. Use letters, digits and "-"`);
    const advice = adviceFor(name);
    if (advice !== undefined) refuse(`the header ${name} ${advice}`);
    const given = reading(`the header ${name}`, refuse, () => headers[name]);
    const value = checkText(given, `the header ${name}`, fieldLimits.headerValue, refuse);
    if (hasLineBreak(value)) refuse(`the header ${name} is not a single line of text. Remove the line break`);
    return [name, value];
  });
  return Object.fromEntries(entries);
}
