import { expect, it } from 'vitest';
import { didYouMean, nearest } from './did-you-mean.js';

it.each([
  ['mailrs', 'mailers'],
  ['Default', 'default'],
  ['mail', 'mailers'],
  ['reports', undefined],
])('%s → %s', (written, expected) => expect(nearest(written, ['default', 'mailers'])).toBe(expected));

it('asks only when something is near', () => {
  expect(didYouMean('mailrs', ['mailers'])).toBe(' Did you mean "mailers"?');
  expect(didYouMean('x', ['mailers'])).toBe('');
});
