import { ConsoleLogger, Logger, type LoggerService } from '@nestjs/common';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { Job, type JobContext } from 'nestjs-fledge';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SnoozeJob } from '../../src/jobs/job/retry/control-errors.js';
import { FledgeError } from '../../src/jobs/values/errors.js';
import { EventLog } from '../../src/jobs/observe/event-log.js';
import { JobEvents, type JobEvent } from '../../src/jobs/events/events.js';
import type { Outcome } from '../../src/jobs/store/outcome.js';
import type { JobRegistry } from '../../src/jobs/discovery/registry.js';
import { WorkerLogger } from '../../src/jobs/worker/worker-logger.js';
import { captureOutput } from '../support/captured-output.js';
import { fuzz } from '../support/fuzz.js';
import { forged, hostileText, hostileUnits, offences } from '../support/hostile-text.js';
import { jobsApp } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';

type Of<Type extends JobEvent['type']> = JobEvent & { readonly type: Type };

/** No class is registered, so no class has its own log level. */
const noClasses = { find: () => undefined } as unknown as JobRegistry;

function outcomes(text: string, error: Error): Outcome[] {
  const reason = new FledgeError('FLEDGE_JOB_EXPIRED', text);
  return [
    { kind: 'completed', result: text },
    { kind: 'failed', error, retryIn: 5 },
    { kind: 'failed', error },
    { kind: 'killed', error },
    { kind: 'discarded', error },
    { kind: 'expired', reason },
    { kind: 'cancelled', reason },
    { kind: 'snoozed', delay: 5, reason: error },
    { kind: 'snoozed', delay: 5, reason: new SnoozeJob(5, text) },
    { kind: 'snoozed', delay: 5, reason: error, paused: { by: text, everyJob: true } },
    { kind: 'interrupted' },
    { kind: 'lost' },
  ];
}

/** All events with this text in each text field. A new event type does not compile until it is added here. */
function factsOf(text: string): { readonly [Type in JobEvent['type']]: readonly Of<Type>[] } {
  const error = Object.assign(new Error(text), { stack: `${text}\n    at ${text}` });
  const job = { id: text, name: text, queue: text };
  const attempt = { ...job, attempt: 1, attempts: 2, wait: 1 };
  const running = [{ ...job, attempt: 1, since: 1, phase: 'middleware' as const }];
  const mail = { ...job, mailer: text, action: text, transport: text, recipients: 1 };
  const timing = { cron: text, timezone: text };
  const corrected = { schedule: text, job: text, queue: text, change: 'added' as const };
  const finished = { ...attempt, type: 'finished' as const, duration: 1, payload: { [text]: text } };
  const block = { duration: 1, count: 1, lockDuration: 2, where: text };
  return {
    enqueued: [{ ...job, type: 'enqueued', delay: 1 }],
    'bulk-enqueued': [{ type: 'bulk-enqueued', name: text, queue: text, count: 2 }],
    vetoed: [{ ...job, type: 'vetoed' }],
    duplicate: [{ ...job, type: 'duplicate', duplicateOf: text }],
    replaced: [{ ...job, type: 'replaced', duplicateOf: text }],
    cancelled: [
      { type: 'cancelled', target: { kind: 'job', id: text }, removed: 1, signalled: 0, reason: text },
      { type: 'cancelled', target: { kind: 'class', name: text }, removed: 1, signalled: 0 },
    ],
    started: [{ ...attempt, type: 'started' }],
    finished: outcomes(text, error).map((outcome) => ({ ...finished, outcome })),
    'handed-back': [{ ...job, type: 'handed-back', duration: 1 }],
    'job-left': [{ ...job, type: 'job-left', error }],
    'store-ready': [{ type: 'store-ready', store: text }],
    'store-lost': [{ type: 'store-lost', store: text, error }],
    'store-error': [{ type: 'store-error', queue: text, error, count: 1 }],
    'store-serves': [{ type: 'store-serves', count: 1 }],
    'processor-replaced': [{ type: 'processor-replaced', queue: text, silentFor: 1 }],
    'memory-lost': [{ type: 'memory-lost', jobs: new Map([[text, 2]]) }],
    warning: [{ type: 'warning', code: 'FLEDGE_SETTING_UNKNOWN', message: text }],
    'worker-started': [{ type: 'worker-started', queues: [{ name: text, concurrency: 1 }], leftOut: [text] }],
    'worker-settings': [{ type: 'worker-settings', settings: [{ name: text, value: text }] }],
    'worker-quiet': [{ type: 'worker-quiet' }],
    'worker-jobs': [{ type: 'worker-jobs', jobs: running }],
    'worker-command': [{ type: 'worker-command', command: 'stop' }],
    'worker-paused': [
      { type: 'worker-paused', name: text, since: 1, host: text },
      { type: 'worker-paused', name: text },
    ],
    'worker-resumed': [{ type: 'worker-resumed', name: text }],
    'queue-paused': [{ type: 'queue-paused', queue: text }],
    'queue-resumed': [{ type: 'queue-resumed', queue: text }],
    'job-paused': [{ type: 'job-paused', name: text }],
    'job-resumed': [{ type: 'job-resumed', name: text }],
    'health-listening': [{ type: 'health-listening', url: text }],
    'worker-stopping': [{ type: 'worker-stopping', running: 1 }],
    'worker-stopped': [{ type: 'worker-stopped', duration: 1, handedBack: 1, left: 1, running }],
    'loop-blocked': [{ type: 'loop-blocked', jobs: [job], ...block }],
    'signal-ignored': [{ ...job, type: 'signal-ignored', reason: 'timeout', since: 1 }],
    'schedule-corrected': [{ type: 'schedule-corrected', timing, ...corrected }],
    'schedule-failed': [{ type: 'schedule-failed', schedule: text, error }],
    'schedule-upserted': [{ type: 'schedule-upserted', timing, ...corrected }],
    'schedule-removed': [{ type: 'schedule-removed', schedule: text }],
    'cron-adopted': [{ type: 'cron-adopted', schedules: [text], processZone: text }],
    'schedule-paused': [{ type: 'schedule-paused', schedule: text }],
    'schedule-resumed': [{ type: 'schedule-resumed', schedule: text }],
    'tick-made-up': [{ ...job, type: 'tick-made-up', schedule: text, tick: 1 }],
    'mail-delivered': [{ ...mail, type: 'mail-delivered', messageId: text, detail: text }],
    'mail-rejected': [{ ...mail, type: 'mail-rejected', response: text }],
    'mail-vetoed': [{ ...mail, type: 'mail-vetoed', by: text }],
    'mail-transport-broken': [{ type: 'mail-transport-broken', transport: text, fault: text, message: text }],
    'mail-transport-works': [{ type: 'mail-transport-works', transport: text }],
    'mail-previews-listening': [{ type: 'mail-previews-listening', url: text }],
    'queue-unserved': [{ type: 'queue-unserved', queue: text, jobs: 1 }],
    'queue-served-again': [{ type: 'queue-served-again', queue: text }],
    'job-unserved': [{ type: 'job-unserved', name: text, queue: text }],
    'job-served-again': [{ type: 'job-served-again', name: text }],
  };
}

/** Checks the entries of Nest's text log. Any other line that begins without a space counts as forged. */
function expectTextLog(text: string, entries?: number): void {
  const begun = text.split('\n').filter((line) => /^\S/.test(line));
  expect({
    offences: offences(text),
    forged: forged(text),
    strange: begun.filter((line) => !/^\[Nest\] \d+ {2}- \d/.test(line)),
  }).toEqual({ offences: [], forged: [], strange: [] });
  if (entries !== undefined) expect(begun).toHaveLength(entries);
}

function expectJsonLog(text: string): Record<string, unknown>[] {
  expect(offences(text)).toEqual([]);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Sets Nest's logger for code without its own logger. The suite has none. */
function logTo(logger: LoggerService): void {
  Logger.overrideLogger(logger);
  onTestFinished(() => Logger.overrideLogger(process.env.DEBUG_LOG ? new ConsoleLogger() : false));
}

describe('every event', () => {
  const cases: [string, () => LoggerService | undefined][] = [
    ['the text log of a worker', () => new WorkerLogger('debug', 'text')],
    ['the log that an application without a logger of its own has', () => undefined],
  ];
  it.each(cases)('is one entry in %s and sends no control sequence', (_, make) => {
    const output = captureOutput();
    const logger = make();
    logTo(logger ?? new ConsoleLogger({ colors: false }));
    const events = new JobEvents();
    const log = new EventLog(events, noClasses);
    if (logger instanceof WorkerLogger) log.writeTo(logger);
    fc.assert(
      fc.property(hostileUnits, (text) => {
        const facts = Object.values(factsOf(text)).flat();
        output.take();
        for (const fact of facts) events.emit(fact);
        const logged = output.take();
        expect(logged).not.toContain('A subscriber of');
        expectTextLog(logged, facts.length);
      }),
      fuzz(50),
    );
  });

  it('is one line of JSON with the exact strings of the event', () => {
    const output = captureOutput();
    const events = new JobEvents();
    const logger = new WorkerLogger('debug', 'json');
    logTo(logger);
    new EventLog(events, noClasses).writeTo(logger);
    fc.assert(
      fc.property(hostileUnits, (text) => {
        const facts = Object.values(factsOf(text)).flat();
        output.take();
        for (const fact of facts) events.emit(fact);
        const lines = expectJsonLog(output.take());
        expect(lines).toHaveLength(facts.length);
        expect(lines).toContainEqual(expect.objectContaining({ id: text, class: text, queue: text }));
      }),
      fuzz(50),
    );
  });
});

@Job({ attempts: 1 })
class EchoJob {
  async perform({ text }: { text: string }, { logger }: JobContext): Promise<void> {
    logger.log(text);
    logger.warn({ [text]: new Error(text) });
    throw new Error(text);
  }
}

describe('a worker with a hostile store', () => {
  it.each(['text', 'json'] as const)('logs no control sequence as %s', async (format) => {
    const { url } = await ownRedis();
    const output = captureOutput();
    const logger = new WorkerLogger('debug', format);
    logTo(logger);
    const { app, worker, event, jobs, close } = await jobsApp({ url }, [EchoJob]);
    app.get(EventLog).writeTo(logger);
    await worker.start();
    const client = new Redis(url);
    onTestFinished(() => client.disconnect());
    let written = '';
    await fc.assert(
      fc.asyncProperty(hostileText, hostileUnits, async (text, units) => {
        const known = await push(client, 'EchoJob', `k${text}`, units);
        const unknown = await push(client, `N${text}`, `u${text}`, units);
        await event('finished', ({ id, outcome }) => id === known && outcome.kind === 'failed');
        await event('finished', ({ id, outcome }) => id === unknown && outcome.kind === 'snoozed');
        await jobs.cancel(unknown, { reason: units });
        const said = output.take();
        written += said;
        if (format === 'text') return expectTextLog(said);
        expect(expectJsonLog(said)).toContainEqual(
          expect.objectContaining({ id: unknown, class: `N${text}` }),
        );
      }),
      fuzz(10),
    );
    await close();
    expect(written).toContain('EchoJob');
  });
});

/** Adds a job as another program would write it. */
async function push(client: Redis, name: string, id: string, text: string): Promise<string> {
  const data = JSON.stringify({ v: 1, payload: { text } });
  const hash = { name, data, opts: '{"attempts":1}', timestamp: Date.now(), delay: 0, priority: 0 };
  await client.hset(`{fledge}:default:${id}`, hash);
  await client.rpush('{fledge}:default:wait', id);
  await client.zadd('{fledge}:default:marker', 0, '0');
  return id;
}
