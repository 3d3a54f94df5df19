import { describe, expect, it } from 'vitest';
import { address, parseAddress } from './address.js';
import { UnsendableMail } from './unsendable-mail.js';

const parse = (value: Parameters<typeof parseAddress>[0]) =>
  parseAddress(value, 'to', (why) => {
    throw new UnsendableMail('FLEDGE_MAIL_INVALID', why);
  });

describe('parseAddress', () => {
  it.each([
    ['ada@acme.test', { name: '', address: 'ada@acme.test' }],
    [' ada@acme.test\t', { name: '', address: 'ada@acme.test' }],
    [' Ada Lovelace <ada@b.test> ', { name: 'Ada Lovelace', address: 'ada@b.test' }],
    ['"Ada"<ada@b.test>', { name: 'Ada', address: 'ada@b.test' }],
    ['<ada@b.test>', { name: '', address: 'ada@b.test' }],
    ['"Lovelace, Ada" <ada@b.test>', { name: 'Lovelace, Ada', address: 'ada@b.test' }],
    ['山田 太郎 <taro@d.test>', { name: '山田 太郎', address: 'taro@d.test' }],
    [
      String.raw`"Ada \"the first\" \\ L" <a@b.test>`,
      { name: String.raw`Ada "the first" \ L`, address: 'a@b.test' },
    ],
  ])('reads %s', (text, parsed) => expect(parse(text)).toEqual(parsed));

  it.each(['a@x.test, evil@y.test', 'a@x.test\r\nBcc: evil@y.test', 'A <a@x.test>, B <b@x.test>', 'ada', ''])(
    'refuses %j',
    (text) => expect(() => parse(text)).toThrow(/not one address/),
  );

  it('shows what is wrong with an address and hides its letters', () => {
    expect(() => parse('ada lovelace@acme.test')).toThrow(/to has "xxx xxxxxxxx@xxxx\.xxxx" \(letters/);
    expect(() => parse({ name: 'Ada', address: 'ada;' })).toThrow(/to has "xxx;" \(letters/);
    expect(() => parse({ name: 'Ada' } as never)).toThrow(/the address of to is undefined/);
  });

  it('refuses values that are not addresses', () => {
    expect(() => parse(undefined as unknown as string)).toThrow(/not one address/);
    expect(() => parse({ name: 1 as unknown as string, address: 'a@b.test' })).toThrow(
      /the name of to is a number/,
    );
  });
});

describe('address', () => {
  it.each([
    'Ada Lovelace',
    'Lovelace, Ada',
    '太郎',
    'A "B" C',
    String.raw`back\slash"`,
    'x <evil@y.test>',
    '<a@b.test>,',
  ])('yields one recipient for the name %s', (name) =>
    expect(parse(address(name, 'a@b.test'))).toEqual({ name, address: 'a@b.test' }),
  );

  it('returns the address alone if there is no name', () => {
    expect(address(undefined, 'a@b.test')).toBe('a@b.test');
    expect(address(' ', 'a@b.test')).toBe('a@b.test');
  });

  it('refuses a second address and a second header', () => {
    expect(() => address('A', 'a@b.test, c@d.test')).toThrow(/FLEDGE_MAIL_INVALID/);
    expect(() => address('A\r\nBcc: x', 'a@b.test')).toThrow(/line break.*FLEDGE_MAIL_INVALID/);
  });
});
