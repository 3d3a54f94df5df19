import { expect, it } from 'vitest';
import { LogLines } from './log-lines.js';

it('keeps a thousand short lines', () => {
  const lines = new LogLines();
  const kept = Array.from({ length: 1_500 }, (_, n) => lines.add(`line ${n}`));
  expect(new Set(kept)).toEqual(new Set([1_000]));
});

it('keeps half a megabyte of the newest lines, and at least one', () => {
  const lines = new LogLines();
  const kept = Array.from({ length: 20 }, () => lines.add('é'.repeat(50_000)));
  expect(kept.slice(0, 5)).toEqual([1_000, 1_000, 1_000, 1_000, 1_000]);
  expect(kept.slice(5)).toEqual(Array.from({ length: 15 }, () => 5));
  expect(lines.add('x'.repeat(2_000_000))).toBe(1);
  expect(lines.add('short')).toBe(1);
});

it('counts the lines of earlier attempts', () => {
  const earlier = Array.from({ length: 4 }, () => 'e'.repeat(100_000));
  const lines = new LogLines(earlier);
  expect(lines.add('x')).toBe(1_000);
  expect(lines.add('x'.repeat(400_000))).toBe(3);
});
