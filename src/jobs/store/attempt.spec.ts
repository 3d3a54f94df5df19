import { describe, expect, it } from 'vitest';
import { Attempt, JobAborted } from './attempt.js';
import { RunningAttempts } from './running-attempts.js';

const attempt = (id = 'a'): Attempt =>
  new Attempt(
    {
      id,
      name: 'J',
      queue: 'default',
      data: {},
      attempt: 1,
      attempts: 1,
      crashes: 0,
      dueAt: 0,
      firstDueAt: 0,
      enqueuedAt: 0,
      starts: 1,
    },
    {
      now: Date.now,
      log: async () => undefined,
      keepNotes: async () => undefined,
      progress: async () => undefined,
    },
  );

describe('Attempt', () => {
  it('has a signal that aborts with a JobAborted, even if it is first read after the abort', () => {
    const early = attempt();
    const { signal } = early;
    early.abort('shutdown');
    const late = attempt();
    late.abort('lease');
    expect(signal.reason).toMatchObject({ reason: 'shutdown', code: 'FLEDGE_JOB_ABORTED' });
    expect(() => late.signal.throwIfAborted()).toThrow(JobAborted);
  });

  it('keeps its first abort reason, so that a later shutdown does not hand back a lost job', () => {
    const lost = attempt();
    let left = false;
    lost.onAbandon = () => (left = true);
    lost.abort('lease');
    lost.abandon('shutdown');
    expect(left).toBe(true);
    expect(lost.abortReason).toBe('lease');
  });
});

describe('RunningAttempts', () => {
  it('is idle when the last attempt has ended', async () => {
    const running = new RunningAttempts();
    await running.idle();
    const [a, b] = [attempt('a'), attempt('b')];
    for (const one of [a, b]) running.begin(one);
    const idle = running.idle();
    running.end(a);
    expect(running.size).toBe(1);
    running.end(b);
    await idle;
    expect(running.size).toBe(0);
  });

  it('aborts one attempt by its id, or all attempts', () => {
    const running = new RunningAttempts();
    const [a, b] = [attempt('a'), attempt('b')];
    for (const one of [a, b]) running.begin(one);
    running.abort('lease', 'a');
    expect([a.abortReason, b.abortReason]).toEqual(['lease', undefined]);
    running.abort('shutdown');
    expect([a.abortReason, b.abortReason]).toEqual(['lease', 'shutdown']);
  });
});
