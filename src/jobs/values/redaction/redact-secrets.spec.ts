import { describe, expect, it } from 'vitest';
import { redactionOfSecrets } from './redact-secrets.js';

const redacted = (text: string, ...secrets: string[]): string =>
  redactionOfSecrets(secrets, ['ada']).text(text);

describe('redactionOfSecrets', () => {
  it.each([
    ['in capitals', 'no TROMBONE7', 'no ***'],
    ['twice', 'trombone7trombone7', '***'],
    ['cut off', "'trombon", "'***"],
    ['as a beginning too short to help anyone', "'tromb", "'***"],
    ['unless a word only begins alike', 'the trom', 'the trom'],
    ['as base64', `PLAIN ${Buffer.from('\0ada\0trombone7').toString('base64')}`, 'PLAIN ***'],
    ['as base64 within longer text', `a ${Buffer.from('<trombone7> is it').toString('base64')} b`, 'a *** b'],
    ['with needless escapes', 'x://%74rom%62one7@h', 'x://***@h'],
    ['with escapes of a string literal', 'got \\u0074rombone7', 'got ***'],
    ['with entities', 'got &#116;rombone7', 'got ***'],
  ])('hides it %s', (_, text, expected) => expect(redacted(text, 'trombone7')).toBe(expected));

  it.each([
    ['a quote', "it's me", "AUTH 'it\\'s me'"],
    ['spaces and a line break', 'a b\nc d', 'AUTH a b c d'],
    ['umlauts, read as Latin-1', 'schlüssel', `AUTH ${Buffer.from('schlüssel').toString('latin1')}`],
    ['replacement patterns', '$&$1$`', 'AUTH $&$1$`'],
    ['special characters of regular expressions', '.*[a-z]+(', 'AUTH .*[a-z]+('],
  ])('hides a secret with %s', (_, secret, text) =>
    expect(redacted(text, secret)).toMatch(/^AUTH ('?)\*\*\*\1$/),
  );

  it('hides the beginning of a long secret', () => {
    const long = 'Zq7'.repeat(2_000);
    expect(redacted(`with args beginning with: 'ada' '${long.slice(0, 100)}' `, long)).toBe(
      "with args beginning with: 'ada' '***' ",
    );
  });

  it('reads long texts with escapes and many beginnings in linear time', () => {
    const long = 'x'.repeat(300_000);
    expect(redacted(`${long}%74rombone7 ${long}`, 'trombone7')).toBe(`${long}*** ${long}`);
    // CPU time does not grow with the load of the machine.
    const before = process.cpuUsage();
    expect(redacted('a'.repeat(50_000), 'aaaaaaaaaaaaaaab')).toBe('***');
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
  });

  it('keeps words of one or two characters, and accepts half characters', () => {
    expect(redacted('abc', '', 'ab')).toBe('abc');
    expect(redacted('x', 'half a \ud800')).toBe('x');
  });
});
