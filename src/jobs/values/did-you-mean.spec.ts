import { describe, expect, it } from 'vitest';
import { didYouMean, nearest, unknownName } from './did-you-mean.js';
import { quotedName } from './quoted.js';

it.each([
  ['mailrs', 'mailers'],
  ['Default', 'default'],
  ['mail', 'mailers'],
  ['reports', undefined],
])('%s → %s', (written, expected) => expect(nearest(written, ['default', 'mailers'])).toBe(expected));

it('suggests a candidate only if one is similar', () => {
  expect(didYouMean('mailrs', ['mailers'])).toBe(' Did you mean "mailers"?');
  expect(didYouMean('x', ['mailers'])).toBe('');
});

describe('unknownName', () => {
  it('names the kind of name, the most similar name and all known names', () => {
    expect(unknownName('option', 'tiemout', ['queue', 'timeout'], '@Job()')).toBe(
      'Unknown option "tiemout" of @Job(). Did you mean "timeout"? Use one of queue, timeout.',
    );
  });

  it('names a long schedule or action, which an operator could not find in the message otherwise', () => {
    const name = 'remindOfTheTrialThatEndsWithinTheNextSevenDays';
    expect(unknownName('action', name, [], 'UserMailer')).toBe('Unknown action of UserMailer.');
    expect(unknownName('action', name, [], 'UserMailer', quotedName(name))).toBe(
      `Unknown action "${name}" of UserMailer.`,
    );
    expect(
      unknownName('schedule', 'redis://:secret@host', [], undefined, quotedName('redis://:secret@host')),
    ).toBe('Unknown schedule.');
  });

  it('does not quote what may contain a password, and lists no names if there are none', () => {
    expect(unknownName('queue', 'redis://:secret@host', [])).toBe('Unknown queue.');
  });
});
