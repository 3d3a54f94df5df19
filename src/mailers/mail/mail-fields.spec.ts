import { describe, expect, it } from 'vitest';
import { address, parseAddress } from './address.js';
import { fieldLimits } from './field-limits.js';
import { readDefaults, readMail } from './mail-fields.js';
import { checkOutgoing, refusing, type OutgoingMail } from './outgoing-mail.js';

const refuse = refusing('UserMailer.welcome');
const read = (fields: Record<string, unknown>) => () =>
  readMail({ to: 'ada@acme.test', subject: 'Hi', text: 'Hello', ...fields }, refuse);

const outgoing: OutgoingMail = {
  messageId: '<id-1@acme.test>',
  from: { name: 'Acme', address: 'hello@acme.test' },
  to: [{ name: '', address: 'ada@acme.test' }],
  cc: [],
  bcc: [],
  replyTo: undefined,
  subject: 'Hi',
  text: 'Hello',
  html: undefined,
  headers: {},
  attachments: [],
  locale: undefined,
};
const check = (fields: object) => () => checkOutgoing({ ...outgoing, ...fields }, 'UserMailer.welcome');
const file = { filename: 'a.txt', contentType: undefined, cid: undefined, content: Buffer.from('x') };

/** When an address was parsed before its length was checked, 4,000 spaces took half a minute. 100,000 spaces would take days. */
const hostile = [
  ' ',
  '"',
  '\\',
  ',',
  '<',
  '>',
  '@',
  '\t\n',
  '"\\',
  '" ',
  '<a@b>',
  'a@',
  '/',
  ';',
  '; a=b',
  '-',
].flatMap((one) => ['', 'a'].map((start) => `${start}${one.repeat(100_000 / one.length)}x`));

/** Puts a text of a user into each field of an action's mail, and into some fields of a middleware's mail. */
const fields: Record<string, (text: string) => () => unknown> = {
  to: (to) => read({ to }),
  'to[1]': (text) => read({ to: ['ada@acme.test', text] }),
  'the name of cc': (name) => read({ cc: { name, address: 'ada@acme.test' } }),
  'the address of bcc[0]': (text) => read({ bcc: [{ name: 'Ada', address: text }] }),
  replyTo: (replyTo) => read({ replyTo }),
  from: (from) => read({ from }),
  subject: (subject) => read({ subject }),
  headers: (name) => read({ headers: { [name]: 'x' } }),
  'the header X-Note': (value) => read({ headers: { 'X-Note': value } }),
  'the header In-Reply-To': (value) => read({ headers: { 'In-Reply-To': value } }),
  'the header References': (value) => read({ headers: { References: value } }),
  template: (template) => read({ template }),
  layout: (layout) => read({ layout }),
  'the locale': (locale) => read({ locale }),
  transport: (transport) => read({ transport }),
  'attachments[0].filename': (filename) => read({ attachments: [{ filename, content: 'x' }] }),
  'attachments[0].contentType': (contentType) =>
    read({ attachments: [{ filename: 'a', contentType, content: 'x' }] }),
  'attachments[0].cid': (cid) => read({ attachments: [{ cid, content: 'x' }] }),
  'attachments[1].path': (path) => read({ attachments: [{ path: 'a' }, { path }] }),
  'attachments[0].ref': (ref) => read({ attachments: [{ ref }] }),
  'attachments[0].href': (href) => read({ attachments: [{ href }] }),
  messageId: (text) => check({ messageId: `<${text}@acme.test>` }),
  'the address of replyTo': (text) => check({ replyTo: { name: '', address: text } }),
  'the name of from': (name) => check({ from: { ...outgoing.from, name } }),
};
const more: Record<string, (text: string) => () => unknown> = {
  subject: (subject) => check({ subject }),
  'the locale': (locale) => check({ locale }),
  transport: (transport) => check({ transport }),
  'the header X-Note': (value) => check({ headers: { 'X-Note': value } }),
  'attachments[0].filename': (filename) => check({ attachments: [{ ...file, filename }] }),
  'attachments[0].contentType': (contentType) => check({ attachments: [{ ...file, contentType }] }),
  'attachments[0].cid': (cid) => check({ attachments: [{ ...file, cid }] }),
  'the address of address()': (email) => () => address('Ada', email),
  'the name of address()': (name) => () => address(name, 'ada@acme.test'),
};

describe.each([...Object.entries(fields), ...Object.entries(more)])('%s', (field, put) => {
  it('is refused by its length before its text is parsed, and is not quoted', () => {
    for (const text of hostile) {
      let message = '';
      try {
        put(text)();
      } catch (error) {
        expect(error).toMatchObject({ code: 'FLEDGE_MAIL_INVALID' });
        ({ message } = error as Error);
      }
      expect(message).toContain(`${field} has `);
      expect(message).toMatch(/has 1000\d\d characters.*, and the limit is \d+\. Shorten it/);
      expect(message.length).toBeLessThan(200);
    }
  });
});

it.each([
  ['to', { to: Array.from({ length: fieldLimits.recipients + 1 }, () => 'ada@acme.test') }],
  [
    'attachments',
    { attachments: Array.from({ length: fieldLimits.attachments + 1 }, () => ({ path: 'a' })) },
  ],
  [
    'headers',
    {
      headers: Object.fromEntries(Array.from({ length: fieldLimits.headers + 1 }, (_, i) => [`X-${i}`, 'x'])),
    },
  ],
])('%s has a limit for its entries', (field, given) => {
  expect(read(given)).toThrow(
    new RegExp(`${field} has \\d+ entries, and the limit is \\d+.*FLEDGE_MAIL_INVALID`),
  );
});

it('accepts each field up to its limit', () => {
  const name = '"'.repeat(fieldLimits.name);
  const local = 'a'.repeat(fieldLimits.address - '@acme.test'.length);
  const mail = read({
    to: Array.from({ length: fieldLimits.recipients }, () => address(name, `${local}@acme.test`)),
    subject: 'x'.repeat(fieldLimits.subject),
    headers: { ['X'.repeat(fieldLimits.headerName)]: 'x'.repeat(fieldLimits.headerValue) },
    attachments: [{ path: 'x'.repeat(fieldLimits.path) }],
  })();
  expect(mail).toMatchObject({ attachments: [{}] });
  expect(parseAddress(address(name, `${local}@acme.test`), 'to', refuse)).toEqual({
    name,
    address: `${local}@acme.test`,
  });
});

it('refuses fields of a wrong type', () => {
  expect(read({ to: 7 })).toThrow(/to is a number, which is not one address/);
  expect(read({ attachments: [{ cid: ['x'], content: 'x' }] })).toThrow(/attachments\[0\]\.cid is an array/);
  expect(read({ attachments: [{ filename: {}, content: 'x' }] })).toThrow(
    /attachments\[0\]\.filename is an object/,
  );
  expect(read({ attachments: { filename: 'a' } })).toThrow(/attachments is an object\. Use an array/);
  expect(read({ headers: ['x'] })).toThrow(/headers is an array/);
  expect(read({ template: 10n })).toThrow(/template is a bigint/);
  expect(check({ to: undefined })).toThrow(/it has no recipient/);
  expect(check({ attachments: [{ ...file, cid: ['x'] }] })).toThrow(/attachments\[0\]\.cid is an array/);
  expect(() => readMail(undefined, refuse)).toThrow(/the action returned undefined instead of a mail/);
});

it('names the field whose getter throws', () => {
  const cause = new TypeError('no');
  const mail = Object.defineProperty({}, 'replyTo', {
    enumerable: true,
    get: () => {
      throw cause;
    },
  });
  expect(() => readMail(mail, refuse)).toThrow(/replyTo cannot be read/);
  expect(() => readMail(mail, refuse)).toThrow(expect.objectContaining({ cause }) as Error);
});

it('treats null like a missing field, as a database column without a value is null', () => {
  expect(read({ replyTo: null, cc: null, headers: null, html: null })()).toEqual(read({})());
});

it('reads each field once, so a getter cannot return another value afterwards', () => {
  let reads = 0;
  const getter = { get: () => (reads++ === 0 ? 'ada@acme.test' : 'evil@y.test'), enumerable: true };
  const mail = readMail(Object.defineProperty({}, 'to', getter), refuse);
  expect(mail.to).toEqual([{ name: '', address: 'ada@acme.test' }]);
  expect(reads).toBe(1);
});

it('checks the defaults of a class too', () => {
  expect(() => readDefaults({ replyTo: ' '.repeat(100_000) }, refuse)).toThrow(
    /replyTo has 100000 characters/,
  );
  expect(() => readDefaults({ headers: { Bcc: 'x' } }, refuse)).toThrow(/own fields/);
});
