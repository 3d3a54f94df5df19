import { expect, it } from 'vitest';
import { Waiters } from './waiters.js';

it('wakes all callers that wait, but not later callers', async () => {
  const waiters = new Waiters();
  const woken: string[] = [];
  const first = waiters.next().then(() => woken.push('first'));
  const second = waiters.next().then(() => woken.push('second'));
  waiters.wake();
  const late = waiters.next().then(() => woken.push('late'));
  await Promise.all([first, second]);
  expect(woken).toEqual(['first', 'second']);
  waiters.wake();
  await late;
});

it('stops waiting after the given time', async () => {
  await expect(new Waiters().next(1)).resolves.toBeUndefined();
});
