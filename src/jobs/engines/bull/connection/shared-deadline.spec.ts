import { expect, it } from 'vitest';
import { Deadline, SharedDeadline } from './shared-deadline.js';

/** How long a deadline took, in milliseconds. */
async function durationOf(deadline: Deadline): Promise<number> {
  const startedAt = performance.now();
  await expect(deadline.rejection).rejects.toThrow('too late');
  return performance.now() - startedAt;
}

it('is longer if the server has sent something', async () => {
  let bytes = 10;
  const deadline = new Deadline(60, 'too late', { milliseconds: 200, heard: () => bytes });
  bytes = 20;
  expect(await durationOf(deadline)).toBeGreaterThan(255);
  expect(deadline.passed).toBeGreaterThanOrEqual(260);
});

it('is not longer if the server is silent, or has only sent something earlier', async () => {
  const ended: string[] = [];
  const silent = new Deadline(60, 'too late', { milliseconds: 100_000, heard: () => 10 });
  const plain = new Deadline(60, 'too late');
  await Promise.all([
    durationOf(silent).then(() => ended.push('silent')),
    durationOf(plain).then(() => ended.push('plain')),
  ]);
  expect(ended.toSorted()).toEqual(['plain', 'silent']);
});

it('is shared by operations that begin at about the same time', async () => {
  const shared = new SharedDeadline(100, 'too late');
  const first = shared.begin();
  expect(shared.begin()).toBe(first);
  await durationOf(first);
  expect(shared.begin()).not.toBe(first);
});
