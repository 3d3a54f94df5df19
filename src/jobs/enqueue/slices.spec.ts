import { expect, it } from 'vitest';
import { slices } from './slices.js';

const lengthsOf = (sizes: Iterable<number>): number[] =>
  [...slices(sizes, (size) => size)].map((slice) => slice.length);

it('have at most 500 items', () => {
  expect(lengthsOf(Array<number>(1_200).fill(1))).toEqual([500, 500, 200]);
  expect(lengthsOf([])).toEqual([]);
});

it('end with the item that reaches a megabyte', () => {
  expect(lengthsOf([400_000, 400_000, 400_000, 5, 2_000_000, 1])).toEqual([3, 2, 1]);
});

it('are made on demand, so the items may be endless', () => {
  let pulled = 0;
  function* endless(): Generator<number> {
    for (;;) {
      pulled++;
      yield 0;
    }
  }
  const [first] = slices(endless(), () => 1);
  expect(first).toHaveLength(500);
  expect(pulled).toBe(500);
});
