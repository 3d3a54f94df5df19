import { Logger } from '@nestjs/common';
import { expect, it, vi, onTestFinished } from 'vitest';
import { EventLog } from './event-log.js';
import { JobEvents, type JobEvent } from './events.js';

/** What is logged during this test. */
function captured(levelEnabled = true): string[] {
  const lines: string[] = [];
  const enabled = vi.spyOn(Logger, 'isLevelEnabled').mockReturnValue(levelEnabled);
  onTestFinished(() => enabled.mockRestore());
  for (const level of ['log', 'warn', 'error'] as const) {
    const spy = vi
      .spyOn(Logger.prototype, level)
      .mockImplementation((message: unknown) => void lines.push(`${level} ${String(message)}`));
    onTestFinished(() => spy.mockRestore());
  }
  return lines;
}

const job = { id: 'id-1', name: 'ImportCsvJob', queue: 'default', attempt: 1, attempts: 3 };
const finished = (outcome: Extract<JobEvent, { type: 'finished' }>['outcome']): JobEvent => ({
  ...job,
  type: 'finished',
  duration: 1_234,
  outcome,
});

it.each<[JobEvent, string]>([
  [{ ...job, type: 'enqueued', delay: 0 }, 'log ImportCsvJob id-1 enqueued on default'],
  [{ ...job, type: 'enqueued', delay: 600_000 }, 'log ImportCsvJob id-1 enqueued on default, due in 10 min'],
  [{ ...job, type: 'started', attempt: 2 }, 'log ImportCsvJob id-1 started on default, attempt 2 of 3'],
  [finished({ kind: 'completed', result: 1 }), 'log ImportCsvJob id-1 performed in 1.2 s'],
  [
    finished({ kind: 'failed', error: new Error('x'), retryIn: 17_000 }),
    'error ImportCsvJob id-1 failed after 1.2 s (attempt 1 of 3, again in 17 s)',
  ],
  [
    finished({ kind: 'failed', error: new Error('x') }),
    'error ImportCsvJob id-1 failed after 1.2 s (dead after attempt 1 of 3)',
  ],
  [finished({ kind: 'killed', error: new Error('poison') }), 'error ImportCsvJob id-1 killed: poison'],
  [
    finished({ kind: 'snoozed', delay: 60_000, reason: new Error('unknown') }),
    'warn ImportCsvJob id-1 put off for 1 min: unknown',
  ],
  [
    finished({ kind: 'interrupted' }),
    'log ImportCsvJob id-1 interrupted after 1.2 s; it goes back to its queue, no attempt is spent',
  ],
  [
    finished({ kind: 'lost' }),
    'warn ImportCsvJob id-1 was lost after 1.2 s: another worker may be running it',
  ],
  [
    { type: 'worker-stopped', duration: 20_000, handedBack: 2, left: 1 },
    'log stopped in 20 s; 2 unfinished job(s) went back to their queues; 1 could not be handed back and will run elsewhere within 20 s',
  ],
])('%# is worded for people', (event, line) => {
  const lines = captured();
  const events = new JobEvents();
  new EventLog(events);
  events.emit(event);
  expect(lines).toEqual([line]);
});

it('goes on when a subscriber throws, and says so', () => {
  const lines = captured();
  const events = new JobEvents();
  const seen: string[] = [];
  events.subscribe(() => {
    throw new Error('broken subscriber');
  });
  const unsubscribe = events.subscribe(({ type }) => seen.push(type));
  events.emit({ type: 'worker-quiet' });
  unsubscribe();
  events.emit({ type: 'worker-quiet' });
  expect(seen).toEqual(['worker-quiet']);
  expect(lines[0]).toBe('error A subscriber of worker-quiet threw');
});

it('does not word what every job says when nobody would see it, but always what went wrong', () => {
  const lines = captured(false);
  const events = new JobEvents();
  new EventLog(events);
  events.emit({ ...job, type: 'started' });
  events.emit(finished({ kind: 'completed', result: 1 }));
  expect(lines).toEqual([]);
  events.emit(finished({ kind: 'killed', error: new Error('poison') }));
  expect(lines).toHaveLength(1);
});
