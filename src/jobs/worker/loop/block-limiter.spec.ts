import { expect, it } from 'vitest';
import { BlockLimiter } from './block-limiter.js';
import { describeBlock, type BlockedLoop } from '../../observe/words/blocked-loop-words.js';

const block = (duration: number, ...names: string[]): BlockedLoop => ({
  duration,
  jobs: names.map((name, i) => ({ id: `${name}-${i}`, name })),
  count: 1,
  lockDuration: 15_000,
});

it('reports a job’s first block at once, and further blocks once a minute with their number and the longest', () => {
  const limiter = new BlockLimiter();
  expect(limiter.admit(block(1_000, 'A'), 0)).toBeDefined();
  expect(limiter.admit(block(1_500, 'A'), 1_000)).toBeUndefined();
  expect(limiter.admit(block(3_000, 'A'), 2_000)).toBeUndefined();
  expect(limiter.admit(block(2_000, 'A'), 3_000)).toBeUndefined();
  expect(limiter.due(59_999)).toEqual([]);
  expect(limiter.due(60_000)).toMatchObject([{ count: 3, duration: 3_000 }]);
  expect(limiter.admit(block(1_000, 'A'), 70_000)).toBeUndefined();
  expect(limiter.due(120_000)).toMatchObject([{ count: 1, duration: 1_000 }]);
  expect(limiter.due(180_000)).toEqual([]);
  expect(limiter.admit(block(1_000, 'A'), 180_001)).toBeDefined();
});

it('does not hold back another job’s block, or a block that came closer to the end of the lock', () => {
  const limiter = new BlockLimiter();
  expect(limiter.admit(block(1_000, 'A'), 0)).toBeDefined();
  expect(limiter.admit(block(1_000, 'B'), 0)).toBeDefined();
  expect(limiter.admit(block(6_000, 'A'), 0)).toBeDefined();
  expect(limiter.admit(block(16_000, 'A'), 0)).toBeDefined();
  expect(limiter.admit(block(7_000, 'A'), 0)).toBeUndefined();
});

it.each<[BlockedLoop, RegExp]>([
  [
    { ...block(7_000, 'A'), where: 'A.perform (a.js:3)' },
    /^.* blocked for 7 s by A A-0, in A\.perform \(a\.js:3\)\. .*more than 15 s can/,
  ],
  [
    block(16_000, 'A', 'B'),
    /for 16 s by one of 2 running jobs \(A A-0, B B-1\)\. .*longer than a job's lock/,
  ],
  [
    block(1_000, 'A', 'B', 'C', 'D', 'E', 'F', 'G'),
    /one of 7 running jobs \(A A-0, B B-1, C C-2, D D-3, E E-4 and 2 more\)/,
  ],
  [block(1_000), /blocked for 1 s while no job was running\./],
  [{ ...block(1_000), jobs: undefined }, /blocked for 1 s by some job\./],
  [{ ...block(2_500, 'A'), count: 4 }, /blocked 4 times in the last minute, for up to 2\.5 s, by A A-0\./],
])('%# has a readable message', (blocked, words) => {
  expect(describeBlock(blocked)).toMatch(words);
  expect(describeBlock(blocked)).toContain('[FLEDGE_LOOP_BLOCKED]');
});
