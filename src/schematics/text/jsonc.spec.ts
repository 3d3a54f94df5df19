import { describe, expect, it } from 'vitest';
import { parseJsonc } from './jsonc.js';

describe('parseJsonc', () => {
  it.each([
    ['{"a": 1}', { a: 1 }],
    ['\uFEFF{}', {}],
    ['// first\n{"a": /* why */ [1, 2,], // last\n}', { a: [1, 2] }],
    [
      String.raw`{"url": "http://x/*y*/", "quote": "a\"//b", "end": "\\"}`,
      { url: 'http://x/*y*/', quote: 'a"//b', end: '\\' },
    ],
    ['{"a": ",}"}', { a: ',}' }],
    ['{} // no line end', {}],
    ['{} /* not closed', {}],
    ['{"a": "open', undefined],
    ['', undefined],
  ])('%s', (text, value) => {
    expect(parseJsonc(text)).toEqual(value);
  });
});
