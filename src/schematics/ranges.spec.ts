import { describe, expect, it } from 'vitest';
import { allowsMajor, newestFor } from './ranges.js';

describe('ranges', () => {
  it.each([
    ['^5.0.4', 5, true],
    ['^5.0.4', 6, false],
    ['>=5.0.0', 6, true],
    ['^4.0.0 || ^6.1.0', 6, true],
    ['*', 6, true],
    ['latest', 6, true],
    ['workspace:*', 6, true],
    ['8.0.2', 10, false],
  ])('%s and %d: %s', (range, major, allowed) => {
    expect(allowsMajor(range, major)).toBe(allowed);
  });

  it('returns the newest part that all accept', () => {
    const range = '^5.4.0 || ^6.0.0';
    expect(newestFor(range, [])).toBe('^6.0.0');
    expect(newestFor(range, ['>=5.0.0'])).toBe('^6.0.0');
    expect(newestFor(range, ['>=5.0.0', '^5.0.4'])).toBe('^5.4.0');
    // Nothing fits, so npm reports the conflict.
    expect(newestFor(range, ['^4.0.0'])).toBe('^6.0.0');
  });
});
