import { describe, expect, it } from 'vitest';
import { didYouMean, nearest, unknownName } from './did-you-mean.js';

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

describe('unknownName', () => {
  it('says what the name should be, the nearest name and all names', () => {
    expect(unknownName('option', 'tiemout', ['queue', 'timeout'], '@Job()')).toBe(
      'Unknown option "tiemout" of @Job(). Did you mean "timeout"? Use one of queue, timeout.',
    );
  });

  it('quotes nothing that may hold a password, and lists nothing where there is nothing', () => {
    expect(unknownName('queue', 'redis://:secret@host', [])).toBe('Unknown queue.');
  });
});
