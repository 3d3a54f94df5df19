import { describe, expect, it } from 'vitest';
import { hang, shorten, widthOf, wrap } from './text.js';

describe('shorten', () => {
  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, 'abcd…'],
    ['漢字漢字', 8, '漢字漢字'],
    ['漢字漢字', 7, '漢字漢…'],
    ['漢字漢字', 6, '漢字…'],
    ['Größe', 4, 'Grö…'],
    // The letter and its accent are two code points, the family is seven.
    ['Gro\u0308ße', 4, 'Gro\u0308…'],
    ['👩‍👩‍👧‍👦 family', 4, '👩‍👩‍👧‍👦 …'],
    ['🇩🇪🇫🇷🇮🇹', 5, '🇩🇪🇫🇷…'],
    ['abc', 1, '…'],
  ])('%j at %d columns is %j', (text, width, expected) => {
    expect(shorten(text, width)).toBe(expected);
    expect(widthOf(shorten(text, width))).toBeLessThanOrEqual(width);
  });
});

describe('wrap and hang', () => {
  it('break at spaces, and count wide characters as two', () => {
    expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrap('漢字 漢字 漢字', 9)).toEqual(['漢字 漢字', '漢字']);
    expect(wrap('a long-word-without-spaces b', 8)).toEqual(['a', 'long-word-without-spaces', 'b']);
    expect(wrap('one two', undefined)).toEqual(['one two']);
    expect(hang('漢: ', 'one two three four five six', 24)).toEqual([
      '漢: one two three four',
      '    five six',
    ]);
  });
});
