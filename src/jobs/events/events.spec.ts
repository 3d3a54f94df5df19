import { ConsoleLogger, Logger, type LogLevel } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { EventLog } from '../observe/event-log.js';
import { JobEvents, type JobEvent } from './events.js';
import type { JobLogLevel } from '../values/log-level.js';
import type { JobRegistry } from '../discovery/registry.js';
import { plainProviders } from '../plain-providers.js';

function eventLog(events: JobEvents, logLevel?: JobLogLevel): EventLog {
  return new EventLog(events, { find: () => ({ logLevel }) } as unknown as JobRegistry);
}

/** A logger of Nest that keeps its lines. */
class Lines extends ConsoleLogger {
  readonly lines: string[] = [];

  protected override printMessages(messages: unknown[], _context?: string, level: LogLevel = 'log'): void {
    for (const message of messages) this.lines.push(`${level} ${String(message)}`);
  }

  protected override printStackTrace(): void {}
}

/** The lines that are logged during this test. */
function captured(logLevels: LogLevel[] = ['verbose']): string[] {
  const logger = new Lines({ logLevels });
  Logger.overrideLogger(logger);
  onTestFinished(() => Logger.overrideLogger(false));
  return logger.lines;
}

const job = { id: 'id-1', name: 'ImportCsvJob', queue: 'default', attempt: 1, attempts: 3, wait: 40 };
const finished = (outcome: Extract<JobEvent, { type: 'finished' }>['outcome']): JobEvent => ({
  ...job,
  type: 'finished',
  duration: 1_234,
  outcome,
});

it.each<[JobEvent, string]>([
  [{ ...job, type: 'enqueued', delay: 0 }, 'log ImportCsvJob id-1 enqueued on default'],
  [{ ...job, type: 'enqueued', delay: 600_000 }, 'log ImportCsvJob id-1 enqueued on default, due in 10 min'],
  [{ ...job, type: 'started', attempt: 2 }, 'debug ImportCsvJob id-1 started on default, attempt 2 of 3'],
  [
    finished({ kind: 'completed', result: 1 }),
    'log ImportCsvJob id-1 performed in 1.2 s (default, attempt 1 of 3, waited 40 ms)',
  ],
  [
    { ...finished({ kind: 'completed', result: 1 }), payload: { fileId: 'f' } } as JobEvent,
    'log ImportCsvJob id-1 performed in 1.2 s (default, attempt 1 of 3, waited 40 ms) {"fileId":"f"}',
  ],
  [
    { type: 'handed-back', id: 'id-1', name: 'ImportCsvJob', queue: 'default', duration: 12 },
    'log ImportCsvJob id-1 is back in its queue, 12 ms after it was told to stop',
  ],
  [
    { type: 'job-unserved', name: 'NewJob', queue: 'default' },
    'warn No live worker knows the job NewJob, although the queue default has workers. Such jobs wait for a worker that knows them, for at most a day. Deploy the workers. After a rename, keep the old name in aliases. [FLEDGE_JOB_UNSERVED]',
  ],
  [{ type: 'worker-jobs', jobs: [] }, 'log no job is running'],
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
    'warn ImportCsvJob id-1 postponed for 1 min: unknown',
  ],
  [
    finished({ kind: 'interrupted' }),
    'log ImportCsvJob id-1 was interrupted after 1.2 s and goes back to its queue',
  ],
  [
    finished({ kind: 'lost' }),
    'warn ImportCsvJob id-1 was lost after 1.2 s: another worker may be running it',
  ],
  [
    { type: 'worker-stopped', duration: 20_000, handedBack: 2, left: 1, running: [] },
    'error stopped in 20 s; 2 unfinished jobs went back to their queues; 1 could not be handed back and will run elsewhere within 20 s',
  ],
])('%# has a readable log line', (event, line) => {
  const lines = captured();
  const events = new JobEvents();
  eventLog(events);
  events.emit(event);
  expect(lines).toEqual([line]);
});

it('calls the other subscribers when one throws, and logs the error', async () => {
  const app = await Test.createTestingModule({ providers: [...plainProviders] })
    .useMocker(() => ({ inventory: {}, queues: new Map() }))
    .compile();
  const events = app.get(JobEvents);
  // The module sets a logger of its own.
  const lines = captured();
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

it('warns about a subscriber that throws through the process, where no logger is', async () => {
  const events = new JobEvents();
  events.subscribe(() => {
    throw new Error('broken subscriber');
  });
  const warned = once(process, 'warning');
  events.emit({ type: 'worker-quiet' });
  expect(await warned).toMatchObject([
    {
      message: 'A subscriber of worker-quiet threw',
      detail: expect.stringContaining('broken subscriber') as string,
    },
  ]);
});

it('formats no line of a successful job if its level is off, but always a failure', () => {
  const lines = captured(['warn']);
  const events = new JobEvents();
  eventLog(events);
  events.emit({ ...job, type: 'started' });
  events.emit(finished({ kind: 'completed', result: 1 }));
  expect(lines).toEqual([]);
  events.emit(finished({ kind: 'killed', error: new Error('poison') }));
  expect(lines).toHaveLength(1);
});

it('applies the log level of a class, also to its enqueues, and still logs failures', () => {
  const lines = captured();
  const events = new JobEvents();
  eventLog(events, 'warn');
  events.emit({ ...job, type: 'enqueued', delay: 0 });
  events.emit(finished({ kind: 'completed', result: 1 }));
  events.emit({ type: 'worker-quiet' });
  expect(lines).toEqual(['log quiet: takes no more jobs']);
  events.emit(finished({ kind: 'failed', error: new Error('x') }));
  expect(lines).toHaveLength(2);
});

it.each([
  ['no logger', () => Logger.overrideLogger(false)],
  ['a logger without that level', () => void captured(['fatal'])],
])('makes no line for a routine event with %s', (_, setLogger) => {
  setLogger();
  let reads = 0;
  const events = new JobEvents();
  eventLog(events);
  const { outcome } = finished({ kind: 'completed', result: 1 }) as Extract<JobEvent, { type: 'finished' }>;
  const watched = new Proxy(finished(outcome), {
    get(target, field, receiver) {
      if (field === 'duration') reads += 1;
      return Reflect.get(target, field, receiver) as unknown;
    },
  });
  events.emit(watched);
  expect(reads).toBe(0);
  captured();
  events.emit(watched);
  expect(reads).toBeGreaterThan(0);
});
