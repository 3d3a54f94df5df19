import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../../store/attempt.js';
import type { Outcome } from '../../../store/outcome.js';
import { RunningAttempts } from '../../../store/running-attempts.js';
import type { NewJob } from '../../../store/store.js';
import { until } from '../../../../../test/support/until.js';
import type { Clock } from './clock.js';
import { storeableError } from '../../../values/stored-error.js';
import { MemoryQueue } from './memory-queue.js';

const retention = { completed: { age: 1_000, count: 2 }, dead: { age: 5_000, count: 3 } };

/** A queue on a stopped clock. A job with an id in `outcomes` ends with that outcome. */
function queueOf(outcomes: Record<string, Outcome> = {}): { queue: MemoryQueue; clock: { time: number } } {
  const clock = { time: 1_000 };
  const held: Clock = { now: () => clock.time, wakeAt: () => () => undefined };
  const queue = new MemoryQueue('default', held, retention);
  const execute = async (attempt: Attempt): Promise<Outcome> => {
    const { id } = attempt.job;
    await attempt.port.log(`a line of ${id}`);
    attempt.resultJson = JSON.stringify({ of: id });
    return outcomes[id] ?? { kind: 'completed', result: { of: id } };
  };
  queue.start(1, execute, new RunningAttempts());
  return { queue, clock };
}

function job(id: string): NewJob {
  const envelope = { v: 1, payload: id } as const;
  return {
    id,
    repeated: false,
    name: 'AJob',
    queue: 'default',
    envelope,
    delay: 0,
    priority: undefined,
    unique: undefined,
    attempts: 3,
  };
}

describe('a queue in memory', () => {
  it('keeps a finished job, and adds no second job with its id', async () => {
    const { queue } = queueOf();
    expect(queue.add(job('a'))).toEqual({ status: 'enqueued' });
    await until('it has run', () => queue.jobs.placeOf('a') === 'completed');
    expect(queue.jobs.get('a')).toMatchObject({
      attemptsMade: 1,
      enqueuedAt: 1_000,
      startedAt: 1_000,
      finishedAt: 1_000,
      result: { of: 'a' },
      lines: ['a line of a'],
    });
    expect(queue.add(job('a'))).toEqual({ status: 'duplicate', duplicateOf: 'a' });
  });

  it('keeps the newest completed jobs, up to the age and count of the retention', async () => {
    const { queue, clock } = queueOf();
    for (const id of ['a', 'b', 'c']) queue.add(job(id));
    await until('all have run', () => queue.jobs.placeOf('c') === 'completed');
    expect(queue.jobs.in('completed').map(({ id }) => id)).toEqual(['b', 'c']);
    clock.time += 1_000;
    queue.add(job('d'));
    await until('it has run', () => queue.jobs.placeOf('d') === 'completed');
    expect(queue.jobs.in('completed').map(({ id }) => id)).toEqual(['d']);
    expect(queue.add(job('a'))).toEqual({ status: 'enqueued' });
  });

  it('keeps dead jobs in the dead set, with their errors', async () => {
    const error = new Error('never');
    const note = { error: storeableError(error) };
    const failed = { kind: 'failed', error, note } as const;
    const { queue, clock } = queueOf({ a: failed, b: { kind: 'killed', error, note }, c: failed, d: failed });
    for (const id of ['a', 'b', 'c', 'd']) queue.add(job(id));
    await until('all have died', () => queue.jobs.placeOf('d') === 'dead');
    expect(queue.jobs.in('dead').map(({ id, data }) => [id, JSON.parse(data)])).toEqual(
      ['b', 'c', 'd'].map((id) => [id, expect.objectContaining(note)]),
    );
    expect(queue.stats()).toMatchObject({ dead: 3, size: 0, running: 0 });
    clock.time += 5_000;
    queue.add(job('e'));
    await until('another has completed', () => queue.jobs.placeOf('e') === 'completed');
    // As on Redis, each kind is looked after when one of it finishes.
    expect(queue.jobs.in('dead')).toHaveLength(3);
  });
});
