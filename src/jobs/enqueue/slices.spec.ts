import { expect, it } from 'vitest';
import { slices } from './slices.js';

const sizesOf = (items: Iterable<number>): number[] =>
  [...slices(items, (characters) => characters)].map((slice) => slice.length);

it('are of at most 500 items', () => {
  expect(sizesOf(Array<number>(1_200).fill(1))).toEqual([500, 500, 200]);
  expect(sizesOf([])).toEqual([]);
});

it('end with the item that makes a megabyte full', () => {
  expect(sizesOf([400_000, 400_000, 400_000, 5, 2_000_000, 1])).toEqual([3, 2, 1]);
});

it('are made as they are asked for, so that items may be endless', () => {
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
