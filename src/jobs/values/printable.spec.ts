import { describe, expect, it } from 'vitest';
import { printable, printableBelow, printableJson, printableLines } from './printable.js';

describe('printable', () => {
  it.each([
    ['ESC', 'a\u001b[2Jb', 'a\\u001b[2Jb'],
    ['C1', 'a\u009b31mb', 'a\\u009b31mb'],
    ['a line break', 'a\nb\r\nc', 'a\\nb\\r\\nc'],
    ['a tab', 'a\tb', 'a\\tb'],
    ['line separators', 'a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
    ['an override of direction', 'invoice\u202egnp.exe', 'invoice\\u202egnp.exe'],
    ['isolates', '\u2066a\u2069', '\\u2066a\\u2069'],
    ['characters without width', 'pay\u200broll\ufeff', 'pay\\u200broll\\ufeff'],
    ['tag characters', 'a\u{e0041}', 'a\\u{e0041}'],
    ['half a surrogate pair', 'a\ud800b\udc00', 'a\\ud800b\\udc00'],
  ])('escapes %s', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(printable(shown)).toBe(shown);
  });

  it.each(['naïve ✓ 漢字 🎉', 'C:\\users', '👩‍👩‍👧', '👩🏽‍🚀', '❤️‍🔥', 'می‌خواهم', 'क्‍ष', 'مـ\u200cن', 'کتابِ\u200cمن'])(
    'keeps %s',
    (text) => expect(printable(text)).toBe(text),
  );

  it.each([
    ['pay\u200droll', 'pay\\u200droll'],
    ['pay\u200croll', 'pay\\u200croll'],
    ['🎉\u200d', '🎉\\u200d'],
    ['می\u200c\u200cخ', 'می\u200c\\u200cخ'],
  ])('escapes a joiner that joins nothing: %j', (text, shown) => expect(printable(text)).toBe(shown));
});

describe('printableLines', () => {
  it('indents all lines but the first, so that none looks like a separate entry', () =>
    expect(
      printableLines('one\r\n[Nest] 1 - forged\n [Nest] 2 - forged\n    at here\n\n\tthere\u001b\rback'),
    ).toBe('one\n    [Nest] 1 - forged\n     [Nest] 2 - forged\n    at here\n\n\tthere\\u001b\\rback'));

  it('printableBelow indents the first line as well', () =>
    expect(printableBelow('Error: one\ntwo\n    at here')).toBe('    Error: one\n    two\n    at here'));
});

describe('printableJson', () => {
  it('keeps the value and escapes all invisible characters, joiners included', () => {
    const value = { 'k\u009b': ['a\u001b\u202e\u2028\ud800', '👩‍👧', 'é', '\u{e0041}'] };
    const json = printableJson(value);
    expect(json).toBe(String.raw`{"k\u009b":["a\u001b\u202e\u2028\ud800","👩\u200d👧","é","\udb40\udc41"]}`);
    expect(JSON.parse(json)).toEqual(value);
  });
});
