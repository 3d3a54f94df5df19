import { isObject } from '../../jobs/internals.js';
import { hasLineBreak } from './address.js';
import { checkCount, checkText, fieldLimits, kindOf, reading, type Refuse } from './field-limits.js';

/** Headers that a mail has its own fields for, and headers that decide who gets the mail. */
const ownHeaders =
  /^(to|from|cc|bcc|reply-to|sender|subject|message-id|date|mime-version|content-.*|resent-.*|return-path)$/i;

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
    if (ownHeaders.test(name)) refuse(`the header ${name} is set through the mail's own fields. Remove it`);
    const given = reading(`the header ${name}`, refuse, () => headers[name]);
    const value = checkText(given, `the header ${name}`, fieldLimits.headerValue, refuse);
    if (hasLineBreak(value)) refuse(`the header ${name} is not a single line of text. Remove the line break`);
    return [name, value];
  });
  return Object.fromEntries(entries);
}
