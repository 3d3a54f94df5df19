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
  replyTo: [],
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

it('reads lists of reply addresses, and the other addresses and ids of a mail', () => {
  expect(
    read({
      replyTo: ['a@acme.test', 'B <b@acme.test>'],
      sender: 'Robot <robot@acme.test>',
      returnPath: 'bounce+42@acme.test',
      messageId: '<ticket-42@acme.test>',
      alternatives: [{ contentType: 'text/calendar; method=REQUEST', content: 'BEGIN:VCALENDAR' }],
    })(),
  ).toMatchObject({
    replyTo: [{ address: 'a@acme.test' }, { name: 'B', address: 'b@acme.test' }],
    sender: { name: 'Robot', address: 'robot@acme.test' },
    returnPath: 'bounce+42@acme.test',
    messageId: '<ticket-42@acme.test>',
    alternatives: [{ contentType: 'text/calendar; method=REQUEST' }],
  });
});

it.each<[Record<string, unknown>, RegExp]>([
  [{ replyTo: 'a@acme.test, b@acme.test' }, /Use one entry for each address/],
  [{ from: ['a@acme.test', 'b@acme.test'] }, /from is an array, which is not one address\. Use one address/],
  [{ from: 'a@acme.test, b@acme.test' }, /not one address\. Use one address/],
  [{ sender: ['a@acme.test'] }, /sender is an array.*Use one address/],
  [{ returnPath: 'B <b@acme.test>' }, /returnPath has "x <x@xxxx.xxxx>".*without a name/],
  [{ messageId: 'ticket-42' }, /messageId is invalid\. Use the form <id@domain>/],
  [{ alternatives: [{ contentType: 'text/html', content: 'x' }] }, /Use the field text or html/],
  [
    {
      alternatives: ['text/x-amp-html', 'TEXT/X-AMP-HTML; charset=utf-8'].map((contentType) => ({
        contentType,
        content: 'x',
      })),
    },
    /alternatives\[1\] is a second text\/x-amp-html\. A mail can have only one/,
  ],
  [{ alternatives: [{ contentType: 'multipart/mixed', content: 'x' }] }, /contentType cannot be used/],
  [{ headers: { Sender: 'a@acme.test' } }, /the header Sender has its own field\. Use sender instead/],
  [{ headers: { 'message-id': '<a@b>' } }, /Use messageId instead/],
  [{ headers: { 'Return-Path': '<a@b>' } }, /Use returnPath instead/],
  [{ headers: { 'Reply-To': 'a@b, c@d' } }, /Use replyTo instead/],
  [
    { headers: { Date: 'Thu, 26 Nov 2026 18:00:06 +0000' } },
    /Date is written when the mail is sent\. Remove it/,
  ],
])('says what to use instead of %j', (given, message) => {
  expect(read(given)).toThrow(message);
});

it.each<[Record<string, unknown>, RegExp]>([
  [{ icalEvent: { content: 'x' } }, /unknown field "icalEvent"\. Use alternatives: .*text\/calendar/],
  [{ envelope: { from: 'a@b.test' } }, /unknown field "envelope"\. Use returnPath/],
  [{ priority: 'high' }, /unknown field "priority"\. Use headers/],
  [{ context: { name: 'Ada' } }, /unknown field "context"\. Use data/],
  [{ inReplyTo: '<a@b>' }, /In-Reply-To/],
  [{ reply_to: 'a@b.test' }, /unknown field "reply_to"\. Did you mean "replyTo"\? The fields are from, cc/],
  [{ attachments: [{ path: 'a', contentDisposition: 'inline' }] }, /attachments\[0\] has the unknown.*cid/],
  [{ attachments: [{ name: 'a', content: 'x' }] }, /unknown field "name"\. Use filename/],
  [{ alternatives: [{ contentType: 'text/x', content: 'x', encoding: 'hex' }] }, /"encoding"/],
])('refuses a field that it would not read: %j', (given, message) => {
  expect(read(given)).toThrow(message);
});

it('ignores unknown fields without a value', () => {
  expect(read({ icalEvent: undefined, priority: null })()).toEqual(read({})());
});

it('decodes the content of an attachment', () => {
  const contentOf = (attachment: object): unknown =>
    read({ attachments: [attachment] })().attachments?.[0]?.content;
  expect(contentOf({ filename: 'a.pdf', content: 'JVBE\nRi0=', encoding: 'base64' })).toEqual(
    Buffer.from('%PDF-'),
  );
  expect(contentOf({ filename: 'a.pdf', content: '25504446', encoding: 'hex' })).toEqual(Buffer.from('%PDF'));
  expect(contentOf({ filename: 'a.txt', content: '%PDF', encoding: 'utf8' })).toEqual(Buffer.from('%PDF'));
  for (const content of ['JVBERi0=', 'JVBERi0', ' JVBE Ri0=\r\n', '']) {
    const bytes = Buffer.from(content === '' ? '' : '%PDF-');
    expect(contentOf({ content, encoding: 'base64' }), content).toEqual(bytes);
    expect(contentOf({ content, encoding: 'base64url' }), content).toEqual(bytes);
  }
  expect(contentOf({ content: 'é', encoding: 'latin1' })).toEqual(Buffer.from([0xe9]));
  expect(contentOf({ content: '€', encoding: 'utf16le' })).toEqual(Buffer.from([0xac, 0x20]));
});

it.each<[object, RegExp]>([
  [
    { content: 'data:application/pdf;base64,JVBERi0=', encoding: 'base64' },
    /content is not base64.*data: URL/,
  ],
  [{ content: 'xyz', encoding: 'hex' }, /content is not hex/],
  // Node drops what comes after the padding, a single last character, and a half byte.
  ...['YWFhYQ==YWFhYQ==', 'YQ==\nYQ==', '=YWFh', 'YWFhY', 'YWFhYQ===', '===='].flatMap((content) => [
    [{ content, encoding: 'base64' }, /content is not base64.*Join the bytes/] as [object, RegExp],
    [{ content, encoding: 'BASE64URL' }, /content is not base64url/] as [object, RegExp],
  ]),
  [{ content: 'abc', encoding: 'hex' }, /content is not hex.*two digits for each byte/],
  // Node writes only the last byte of a character.
  [{ content: 'Preis: 5 €', encoding: 'latin1' }, /content has a character that latin1 does not have.*utf8/],
  [{ content: 'Ł', encoding: 'binary' }, /content has a character that binary does not have/],
  [{ content: 'é', encoding: 'ascii' }, /content has a character that ascii does not have/],
  [{ content: Buffer.from('x'), encoding: 'base64' }, /has an encoding, and its content is an object/],
  [{ path: 'a.pdf', encoding: 'base64' }, /has an encoding, and its content is undefined/],
  [{ content: 'x', encoding: 'base-64' }, /encoding is not an encoding of Node/],
])('refuses %j', (attachment, message) => {
  expect(read({ attachments: [{ filename: 'a.pdf', ...attachment }] })).toThrow(message);
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
  expect(() => readDefaults({ headers: { Bcc: 'x' } }, refuse)).toThrow(/own field/);
  expect(() => readDefaults({ to: 'ada@acme.test' }, refuse)).toThrow(
    /unknown field "to"\. Return it from the action/,
  );
  expect(() => readDefaults({ replyto: 'ada@acme.test' }, refuse)).toThrow(/Did you mean "replyTo"/);
});
