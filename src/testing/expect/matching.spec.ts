import { describe, expect, it } from 'vitest';
import { differences, matches } from './matching.js';
import { show } from './show.js';

describe('matches', () => {
  it.each([
    ['an object that has more', { a: 1, b: 2 }, { a: 1 }],
    ['deeply', { a: { b: { c: 1, d: 2 } } }, { a: { b: { c: 1 } } }],
    ['elements that have more', { rows: [{ id: 1, n: 'x' }] }, { rows: [{ id: 1 }] }],
    ['a missing property, expected undefined', {}, { a: undefined }],
    ['an empty object', { a: 1 }, {}],
    ['NaN', NaN, NaN],
    ['null', { a: null }, { a: null }],
    ['dates by their time', new Date(5), new Date(5)],
    ['text', 'import 7 of 9', /7 of \d/],
    ['a predicate', 7, (n: number) => n > 6],
    ['a predicate inside', { n: [7] }, { n: [(n: number) => n > 6] }],
    ['a matcher of Vitest', { id: 'x', n: 1 }, { id: expect.any(String) }],
    [
      'matchers inside of matchers',
      [{ id: 'x', n: 1 }],
      expect.arrayContaining([expect.objectContaining({ n: 1 })]),
    ],
    ['a negated matcher', 'abc', expect.not.stringContaining('x')],
    ['a custom matcher', 4, { asymmetricMatch: (n: number) => n % 2 === 0 }],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ])('%s', (_, actual, expected) => expect(matches(actual, expected)).toBe(true));

  it.each([
    ['another value', { a: 1 }, { a: 2 }],
    ['a string for a number', { a: '1' }, { a: 1 }],
    ['null for undefined', { a: null }, { a: undefined }],
    ['a missing property', {}, { a: 1 }],
    ['an inherited property', {}, { toString: expect.any(Function) }],
    ['more elements', [1, 2], [1]],
    ['fewer elements', [1], [1, 2]],
    ['another order', [2, 1], [1, 2]],
    ['an object for an array', { 0: 1 }, [1]],
    ['an array for an object', [1], { 0: 1 }],
    ['another time', new Date(5), new Date(6)],
    ['text for a date', new Date(5).toISOString(), new Date(5)],
    ['a number for text', 7, /7/],
    ['null for an object', null, { a: 1 }],
    ['0 for -0', 0, -0],
    ['a value that a matcher rejects', { id: 1 }, { id: expect.any(String) }],
    [
      'an instance for an object like it',
      new (class {
        a = 1;
      })(),
      { a: 1 },
    ],
  ])('not %s', (_, actual, expected) => expect(matches(actual, expected)).toBe(false));

  it('ignores the lastIndex that an earlier test left in a RegExp', () => {
    const global = /a/g;
    expect([matches('a', global), matches('a', global)]).toEqual([true, true]);
    const sticky = /b/y;
    sticky.lastIndex = 1;
    expect(matches('bb', sticky)).toBe(true);
    expect(sticky.lastIndex).toBe(1);
  });

  it('rethrows the error of a predicate, because "no match" would satisfy a negated assertion', () => {
    const predicate = (payload: { a: { b: number } }) => payload.a.b > 1;
    expect(() => matches({}, predicate)).toThrow(TypeError);
  });
});

describe('differences', () => {
  it('have the path of each place', () => {
    const actual = { id: 'b', rows: [{ n: 1 }, { n: 2 }], 'odd key': 1, at: 'noon' };
    const expected = {
      id: 'a',
      rows: [{ n: (n: number) => n > 1 }, { n: expect.any(String) }],
      'odd key': 2,
      at: /^\d/,
      more: { deep: true },
    };
    expect(differences(actual, expected, 'payload')).toEqual([
      { path: 'payload.id', actual: "'b'", expected: "'a'" },
      { path: 'payload.rows[0].n', actual: '1', expected: '(n) => n > 1' },
      { path: 'payload.rows[1].n', actual: '2', expected: 'Any<String>' },
      { path: "payload['odd key']", actual: '1', expected: '2' },
      { path: 'payload.at', actual: "'noon'", expected: '/^\\d/' },
      { path: 'payload.more', actual: 'undefined', expected: '{ deep: true }' },
    ]);
  });

  it('have the expected number of elements', () => {
    expect(differences([1], [1, 2], 'ids')).toEqual([
      { path: 'ids', actual: '[ 1 ]', expected: '2 elements: [ 1, 2 ]' },
    ]);
  });
});

describe('show', () => {
  it('returns one line for any value', () => {
    expect(show({ a: [1, { b: 'x' }], c: undefined })).toBe("{ a: [ 1, { b: 'x' } ], c: undefined }");
    expect(show('x'.repeat(300))).toBe(`'${'x'.repeat(120)}'... 180 more characters`);
    expect(
      show({
        big: (payload: { rows: number }) => payload.rows > 1,
      }),
    ).toBe('{ big: (payload) => payload.rows > 1 }');
  });

  it('shows the names and arguments of matchers', () => {
    expect(show({ id: expect.any(String), rest: expect.objectContaining({ n: expect.anything() }) })).toBe(
      '{ id: Any<String>, rest: ObjectContaining { n: Anything } }',
    );
    expect(show(expect.not.stringContaining('x'))).toBe("StringNotContaining 'x'");
    expect(show({ asymmetricMatch: () => true })).toBe('a custom matcher');
  });
});
