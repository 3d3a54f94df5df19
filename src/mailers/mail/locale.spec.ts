import { expect, it } from 'vitest';
import { canonicalLocale, localeChain } from './locale.js';

const refuse = (why: string): never => {
  throw new Error(why);
};

it('falls back from the most specific language to no language', () => {
  expect(localeChain('zh-Hant-TW', 'en-GB')).toEqual([
    'zh-Hant-TW',
    'zh-Hant',
    'zh',
    'en-GB',
    'en',
    undefined,
  ]);
  expect(localeChain('en', 'en')).toEqual(['en', undefined]);
  expect(localeChain()).toEqual([undefined]);
});

it('accepts language tags only', () => {
  expect(canonicalLocale('ja-jp', refuse)).toBe('ja-JP');
  for (const wrong of ['ja_JP', '', '../en', 'en\r\nBcc: x']) {
    expect(() => canonicalLocale(wrong, refuse)).toThrow(/not a language tag/);
  }
});
