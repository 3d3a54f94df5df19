import { describe, expect, it } from 'vitest';
import { redactionOfSecrets } from './redact-secrets.js';

const said = (text: string, ...secrets: string[]): string => redactionOfSecrets(secrets, ['ada']).text(text);

describe('redactionOfSecrets', () => {
  it.each([
    ['in capitals', 'no TROMBONE7', 'no ***'],
    ['twice', 'trombone7trombone7', '***'],
    ['cut off', "'trombon", "'***"],
    ['too short to help', "'tromb", "'***"],
    ['a word that begins alike', 'the trom', 'the trom'],
    ['as base64', `PLAIN ${Buffer.from('\0ada\0trombone7').toString('base64')}`, 'PLAIN ***'],
    ['as base64 of more', `a ${Buffer.from('<trombone7> is it').toString('base64')} b`, 'a *** b'],
    ['with escapes that nobody needs', 'x://%74rom%62one7@h', 'x://***@h'],
    ['with escapes of a string', 'got \\u0074rombone7', 'got ***'],
    ['with entities', 'got &#116;rombone7', 'got ***'],
  ])('hides it %s', (_, text, expected) => expect(said(text, 'trombone7')).toBe(expected));

  it.each([
    ['a quote', "it's me", "AUTH 'it\\'s me'"],
    ['spaces and a line break', 'a b\nc d', 'AUTH a b c d'],
    ['umlauts, taken for Latin-1', 'schlüssel', `AUTH ${Buffer.from('schlüssel').toString('latin1')}`],
    ['what replacements mean', '$&$1$`', 'AUTH $&$1$`'],
    ['what regular expressions mean', '.*[a-z]+(', 'AUTH .*[a-z]+('],
  ])('hides one with %s', (_, secret, text) => expect(said(text, secret)).toMatch(/^AUTH ('?)\*\*\*\1$/));

  it('hides the beginning of a long one', () => {
    const long = 'Zq7'.repeat(2_000);
    expect(said(`with args beginning with: 'ada' '${long.slice(0, 100)}' `, long)).toBe(
      "with args beginning with: 'ada' '***' ",
    );
  });

  it('reads long texts, with escapes and with many beginnings in them, in linear time', () => {
    const long = 'x'.repeat(300_000);
    expect(said(`${long}%74rombone7 ${long}`, 'trombone7')).toBe(`${long}*** ${long}`);
    const before = performance.now();
    expect(said('a'.repeat(50_000), 'aaaaaaaaaaaaaaab')).toBe('***');
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it('leaves words of one or two characters, and half characters do not break it', () => {
    expect(said('abc', '', 'ab')).toBe('abc');
    expect(said('x', 'half a \ud800')).toBe('x');
  });
});
