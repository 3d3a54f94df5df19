import fc from 'fast-check';
import { FledgeError } from 'nestjs-fledge';
import { address } from 'nestjs-fledge/mailers';
import PostalMime from 'postal-mime';
import { expect, it } from 'vitest';
import { parseAddress } from '../../src/mailers/mail/address.js';
import { toEml } from '../../src/mailers/transports/eml.js';
import { checkOutgoing, refusing, type OutgoingMail } from '../../src/mailers/mail/outgoing-mail.js';
import { mailApp } from '../support/mail-app.js';
import { folderOf } from '../support/folder-of.js';
import { fuzz } from '../support/fuzz.js';

const refuse = refusing('AnyMailer.notice');

/** Strings that end headers, addresses, quotes or encoded words. */
const pieces = fc.constantFrom(
  '\r\n',
  '\n',
  '\r',
  '\0',
  '\t',
  ' ',
  '\u2028',
  '\u0085',
  '\ud800',
  '\u202e',
  '＠',
  '。',
  '太郎',
  'ß',
  '"',
  '\\',
  '\\"',
  "'",
  ',',
  ';',
  ':',
  '<',
  '>',
  '(',
  ')',
  '[',
  ']',
  '@',
  '.',
  '/',
  '=',
  '?',
  '=?utf-8?Q?',
  'a',
  'B',
  '7',
  '-',
  'a@b.test',
  '<e@evil.test>',
  'Bcc: e@evil.test',
  '\r\nBcc: e@evil.test',
  '?=',
  '%0a',
);
const hostile = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((some) => some.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
  // Without line breaks, so that more samples become a mail.
  fc.string({ maxLength: 80 }),
  fc.string({ unit: fc.constantFrom(...Array.from('aB7.-_+=?/%*~!#$&{}|^`äß太＠。')), maxLength: 20 }),
);

/** Returns the result, or undefined if the call was refused with a code. Any other error fails the test. */
function accepted<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    expect(error).toBeInstanceOf(FledgeError);
    return undefined;
  }
}

it('an address is one valid address or an error with a code', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const parsed = accepted(() => parseAddress(text, 'to', refuse));
      if (parsed) expect(parsed.address).toMatch(/^[^\s@,;<>"]+@[^\s@,;<>"]+$/);
    }),
    fuzz(3_000),
  );
});

it('address() always yields exactly one recipient', () => {
  fc.assert(
    fc.property(hostile, (name) => {
      const text = accepted(() => address(name, 'ada@acme.test'));
      if (text === undefined) return;
      const kept = name.trim() === '' ? '' : name;
      expect(parseAddress(text, 'to', refuse)).toEqual({ name: kept, address: 'ada@acme.test' });
    }),
    fuzz(3_000),
  );
});

const sound: OutgoingMail = {
  messageId: '<id-1@acme.test>',
  from: { name: 'Acme', address: 'hello@acme.test' },
  to: [{ name: 'Ada', address: 'ada@acme.test' }],
  cc: [],
  bcc: [],
  replyTo: undefined,
  subject: 'Notice',
  text: 'Hello',
  html: undefined,
  headers: {},
  attachments: [],
  locale: undefined,
};
const file = { filename: 'a.txt', contentType: undefined, cid: undefined, content: Buffer.from('x') };

/** The fields of a mail that may contain user input. */
const typed: Record<string, (text: string) => Partial<OutgoingMail>> = {
  'from.name': (name) => ({ from: { ...sound.from, name } }),
  'from.address': (text) => ({ from: { name: '', address: text } }),
  'to.name': (name) => ({ to: [{ name, address: 'ada@acme.test' }] }),
  'to.address': (text) => ({ to: [{ name: 'Ada', address: text }] }),
  'to.local': (text) => ({ to: [{ name: '', address: `${text}@acme.test` }] }),
  'to.domain': (text) => ({ to: [{ name: '', address: `ada@${text}` }] }),
  'cc.name': (name) => ({ cc: [{ name, address: 'ada@acme.test' }] }),
  'cc.address': (text) => ({ cc: [{ name: '', address: `a${text}@acme.test` }] }),
  'bcc.name': (name) => ({ bcc: [{ name, address: 'ada@acme.test' }] }),
  'bcc.address': (text) => ({ bcc: [{ name: '', address: `a${text}@acme.test` }] }),
  'replyTo.name': (name) => ({ replyTo: { name, address: 'ada@acme.test' } }),
  'replyTo.address': (text) => ({ replyTo: { name: 'Ada', address: `a${text}@acme.test` } }),
  subject: (subject) => ({ subject }),
  messageId: (text) => ({ messageId: `<${text}@acme.test>` }),
  'header.name': (name) => ({ headers: { [name]: 'x' } }),
  'header.value': (value) => ({ headers: { 'X-Note': value } }),
  locale: (locale) => ({ locale }),
  filename: (filename) => ({ attachments: [{ ...file, filename }] }),
  contentType: (text) => ({ attachments: [{ ...file, contentType: `text/plain; charset=${text}` }] }),
  cid: (cid) => ({ attachments: [{ ...file, cid }] }),
};

/** A mail with user input in two of its fields. */
const hostileMail = fc
  .array(fc.tuple(fc.constantFrom(...Object.keys(typed)), hostile), { minLength: 1, maxLength: 2 })
  .map((some) =>
    some.reduce<OutgoingMail>((mail, [where, text]) => ({ ...mail, ...typed[where]!(text) }), sound),
  );

const usualHeaders = new Set(
  'from to cc bcc reply-to subject message-id content-language date mime-version content-type content-transfer-encoding'.split(
    ' ',
  ),
);

it('no user input adds a header or a recipient', async () => {
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(hostileMail, async (given) => {
      const mail = accepted(() => checkOutgoing(given, 'AnyMailer.notice'));
      if (!mail) return;
      sent++;
      const parsed = await PostalMime.parse(await toEml(mail));
      const { to = [], cc = [], bcc = [], replyTo = [] } = parsed;
      expect([to, cc, bcc, replyTo].map(({ length }) => length)).toEqual([
        mail.to.length,
        mail.cc.length,
        mail.bcc.length,
        mail.replyTo ? 1 : 0,
      ]);
      const own = new Set(Object.keys(mail.headers).map((name) => name.toLowerCase()));
      const added = parsed.headers.filter(({ key }) => !usualHeaders.has(key) && !own.has(key));
      expect(added).toEqual([]);
      expect(parsed.attachments).toHaveLength(mail.attachments.length);
      expect(parsed.text?.trim()).toBe('Hello');
    }),
    fuzz(700),
  );
  expect(sent).toBeGreaterThan(100);
});

/** Values that are hard to read. They are created when needed, because fast-check reads the values it generates. */
const odd: Record<string, () => unknown> = {
  'a symbol': () => Symbol('s'),
  'a function': () => () => 'x',
  'a class': () => class {},
  'an error': () => new Error('x'),
  'a promise': () => Promise.resolve('x'),
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  'a revoked array': () => {
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    return proxy;
  },
  'a proxy of bytes': () => new Proxy(Buffer.from('x'), {}),
  'an object without toString': () => ({ toString: 1 }),
  'an object with a strange toJSON': () => ({ toJSON: () => 1n }),
  'an object without prototype': () => Object.create(null) as unknown,
  'a long array': () => Array.from({ length: 100_000 }, () => 'a@b.test'),
  'an array with gaps': () => Object.assign([], { length: 20_000 }),
  'an object that looks like a stream': () => ({ pipe: () => undefined }),
  ...Object.fromEntries(
    ['name', 'address', 'length', 'content', 'filename', 'pipe', 'x', '0'].map((name) => [
      `a getter "${name}" that throws`,
      () =>
        Object.defineProperty({}, name, {
          enumerable: true,
          get: () => {
            throw new TypeError('a getter that throws');
          },
        }),
    ]),
  ),
};

/** Any JavaScript value. */
const anyValue: fc.Arbitrary<() => unknown> = fc.oneof(
  fc
    .anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    })
    .map((value) => Object.assign(() => value, { toString: () => fc.stringify(value) })),
  fc
    .constantFrom(...Object.keys(odd))
    .map((name) => Object.assign(() => odd[name]!(), { toString: () => name })),
);

type Fields = Readonly<Record<string, unknown>>;

/**
 * The place of the value: a field, or a part of an address, a header or an attachment. The rest of the mail is valid.
 */
const places: Record<string, (value: unknown) => Fields> = {
  ...Object.fromEntries(
    [
      'from',
      'to',
      'cc',
      'bcc',
      'replyTo',
      'subject',
      'text',
      'html',
      'data',
      'headers',
      'template',
      'layout',
      'locale',
      'transport',
      'attachments',
    ].map((field) => [field, (value: unknown) => ({ [field]: value })]),
  ),
  'a name': (value) => ({ replyTo: { name: value, address: 'ada@acme.test' } }),
  'an address': (value) => ({ replyTo: { name: 'Ada', address: value } }),
  'a recipient among others': (value) => ({ cc: ['ada@acme.test', value] }),
  'a header': (value) => ({ headers: { 'X-Note': value } }),
  'a variable': (value) => ({ data: { name: value }, text: undefined, template: 'shared/named' }),
  'the name of a partial': (value) => ({
    data: { name: value },
    text: undefined,
    template: 'shared/partial',
  }),
  'an attachment': (value) => ({ attachments: [value] }),
  ...Object.fromEntries(
    ['filename', 'contentType', 'cid', 'path', 'ref', 'href', 'content'].map((part) => [
      `an attachment’s ${part}`,
      (value: unknown) => ({ attachments: [{ filename: 'a.txt', content: 'x', [part]: value }] }),
    ]),
  ),
};

it('any value in any field of a mail is an error with a code or a mail that nodemailer sends', async () => {
  const directory = await folderOf({
    'shared/named.html.liquid': '<p>{{ name }}</p>',
    'shared/partial.html.liquid': '{% render name %}',
  });
  const { made } = await mailApp({ templates: { directory } });
  const property = fc.asyncProperty(
    fc.constantFrom(...Object.keys(places)),
    anyValue,
    async (place, value) => {
      const fields = { text: 'Hello', ...places[place]!(value()) };
      const mail = await made(fields).catch((error: unknown) => {
        expect(error).toBeInstanceOf(FledgeError);
      });
      if (mail) await toEml(mail);
    },
  );
  await fc.assert(property, fuzz(800));
});
