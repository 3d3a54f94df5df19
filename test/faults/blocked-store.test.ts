import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { Job, JobsHealthIndicator, JobsInspector, type JobContext } from 'nestjs-fledge';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AwakeTimer } from '../../src/jobs/engines/bull/connection/awake-timer.js';
import { connect } from '../../src/jobs/engines/bull/connection/connection.js';
import { parseRedisUrl } from '../../src/jobs/engines/bull/connection/redis-url.js';
import { PatientWorker } from '../../src/jobs/engines/bull/processor/patient-worker.js';
import { lockDuration, Store } from '../../src/jobs/store/store.js';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { tcpProxy } from '../support/tcp-proxy.js';

const ended: string[] = [];

@Job()
class NoteJob {
  async perform(_payload: { note: string }): Promise<void> {}
}

/** Blocks the event loop, in pieces with a turn of the loop between them. */
@Job({ attempts: 1 })
class BlockingJob {
  async perform({ pieces }: { pieces: number[] }, { signal }: JobContext): Promise<void> {
    for (const piece of pieces) {
      block(piece);
      await turn();
      await turn();
    }
    ended.push(signal.aborted ? 'aborted' : 'completed');
  }
}

let startedAt = 0;
let finish: () => void = () => undefined;

/** Ends some time after `finish` was called. */
@Job({ attempts: 1 })
class WaitingJob {
  async perform(_payload: undefined, { signal }: JobContext): Promise<void> {
    startedAt = Date.now();
    await new Promise<void>((resolve) => (finish = resolve));
    // The check of the locks is overdue after the block, so it comes before this timer.
    await sleep(100);
    signal.throwIfAborted();
  }
}

/** Longer than every limit of a web process: an add has 0.9 s, a silent connection 2 s. */
const long = 3_000;

function block(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

async function start(): Promise<JobsApp> {
  const redis = await ownRedis();
  const app = await jobsApp({ url: redis.url }, [NoteJob, BlockingJob, WaitingJob]);
  await app.jobs.enqueue(NoteJob, { note: 'first' });
  return app;
}

const notes = (count: number): { note: string }[] =>
  Array.from({ length: count }, (_, n) => ({ note: `n${n}` }));

/** What a process asks its store for. Together so little that a slow store answers all of it within a limit of 0.9 s. */
const questions: Readonly<Record<string, (app: JobsApp) => Promise<unknown>>> = {
  'an enqueue': ({ jobs }) => jobs.enqueue(NoteJob, { note: 'x' }),
  'a delayed enqueue': ({ jobs }) => jobs.enqueue(NoteJob, { note: 'x' }, { delay: '1h' }),
  'many enqueues': ({ jobs }) => Promise.all(notes(20).map((note) => jobs.enqueue(NoteJob, note))),
  'a bulk enqueue': ({ jobs }) => jobs.enqueueAll(NoteJob, notes(600)),
  'a ping': ({ app }) => app.get(Store).ping(),
  'the statistics': ({ app }) => app.get(JobsInspector).queues(),
  'a page of jobs': ({ app }) => app.get(JobsInspector).jobs('waiting'),
  'a cancellation': ({ jobs }) => jobs.cancel(NoteJob),
};

function troubles({ events }: JobsApp): string[] {
  return events.map(({ type }) => type).filter((type) => type.startsWith('store-') && type !== 'store-ready');
}

describe('a blocked event loop is not a failure of the store', () => {
  /** The error of each question that failed. */
  async function failures(answers: Record<string, Promise<unknown>>): Promise<Record<string, unknown>> {
    const errors: Record<string, unknown> = {};
    await Promise.all(
      Object.entries(answers).map(([name, answer]) =>
        answer.catch((error: unknown) => (errors[name] = error)),
      ),
    );
    return errors;
  }

  const askAll = (app: JobsApp): Record<string, Promise<unknown>> =>
    Object.fromEntries(Object.entries(questions).map(([name, ask]) => [name, ask(app)]));

  it('for questions that begin before the block', async () => {
    const app = await start();
    const answers = askAll(app);
    block(long);
    expect(await failures(answers)).toEqual({});
    expect(troubles(app)).toEqual([]);
  });

  it('for questions whose answers arrive during the block', async () => {
    const app = await start();
    const answers = askAll(app);
    // The first commands are sent.
    await turn();
    block(long);
    expect(await failures(answers)).toEqual({});
    expect(troubles(app)).toEqual([]);
  });

  it('for an application that blocks while it connects', async () => {
    const redis = await ownRedis();
    const app = await jobsApp({ url: redis.url }, [NoteJob]);
    block(long);
    const first = app.jobs.enqueue(NoteJob, { note: 'x' });
    block(long);
    await expect(first).resolves.toMatchObject({ status: 'enqueued' });
    expect(troubles(app)).toEqual([]);
  });

  it('for a connection that the server closes during the block', async () => {
    const redis = await ownRedis();
    const proxy = await tcpProxy(redis.port);
    const app = await jobsApp({ url: `redis://127.0.0.1:${proxy.port}` }, [NoteJob]);
    await app.jobs.enqueue(NoteJob, { note: 'first' });
    proxy.cut();
    block(long);
    await expect(app.jobs.enqueue(NoteJob, { note: 'x' })).resolves.toMatchObject({ status: 'enqueued' });
    expect(troubles(app)).toEqual([]);
  });

  it('for a connection that BullMQ duplicates to wait for jobs', async () => {
    const redis = await ownRedis();
    const own = await connect(parseRedisUrl(redis.url, undefined), { socketTimeout: 400 });
    if ('nodes' in own) throw new Error('it is not a cluster');
    const copies = [own.duplicate(), own.duplicate().duplicate()];
    onTestFinished(() => [own, ...copies].forEach((client) => client.disconnect()));
    for (const client of copies) {
      const closed: string[] = [];
      client.on('close', () => closed.push('closed'));
      await client.ping();
      const answer = client.blpop('nothing', 0.2);
      block(1_000);
      expect(await answer).toBeNull();
      await sleep(300);
      expect(closed).toEqual([]);
    }
  });

  it('and a store that is really silent still fails in time', async () => {
    const redis = await ownRedis();
    const { jobs } = await jobsApp({ url: redis.url }, [NoteJob]);
    await jobs.enqueue(NoteJob, { note: 'first' });
    redis.process.kill('SIGSTOP');
    const answer = jobs.enqueue(NoteJob, { note: 'x' });
    block(long);
    // Counts the same time as the limits of the store: that of a running event loop.
    let isLate = false;
    const timer = new AwakeTimer(2_000, () => (isLate = true));
    await expect(answer).rejects.toMatchObject({ code: 'FLEDGE_STORE_TIMEOUT' });
    timer.cancel();
    expect(isLate).toBe(false);
    redis.process.kill('SIGCONT');
  });
});

it('a server that answers slowly has more than a second', async () => {
  const redis = await ownRedis();
  const proxy = await tcpProxy(redis.port);
  const { jobs } = await jobsApp({ url: `redis://127.0.0.1:${proxy.port}` }, [NoteJob]);
  await jobs.enqueue(NoteJob, { note: 'first' });
  proxy.breakNextReply(1_300);
  await expect(jobs.enqueue(NoteJob, { note: 'slow' })).resolves.toMatchObject({ status: 'enqueued' });
});

describe('in a worker', () => {
  it('a job keeps its lock if the answer to the renewal arrives during a block', async () => {
    const app = await start();
    // oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this`
    const extend = PatientWorker.prototype.extendJobLocks;
    onTestFinished(() => void (PatientWorker.prototype.extendJobLocks = extend));
    let isBlocked = false;
    PatientWorker.prototype.extendJobLocks = async function (...args) {
      const renewal = extend.apply(this, args);
      // The command is sent, and its answer is read when the lock before it would have ended.
      setImmediate(() => {
        if (!isBlocked) block(lockDuration - (Date.now() - startedAt) + 300);
        isBlocked = true;
        finish();
      });
      return renewal;
    };
    await app.worker.start();
    await app.jobs.enqueue(WaitingJob);
    const { outcome } = await app.event('finished', ({ name }) => name === 'WaitingJob');
    expect(outcome.kind).toBe('completed');
  });

  it('a job that blocks keeps its lock, and the worker stays ready', async () => {
    const app = await start();
    await app.worker.start();
    await app.jobs.enqueue(BlockingJob, { pieces: [long, long] });
    const { outcome } = await app.event('finished', ({ name }) => name === 'BlockingJob');
    expect(outcome.kind).toBe('completed');
    expect(ended).toEqual(['completed']);
    expect(troubles(app)).toEqual([]);
    await expect(app.app.get(JobsHealthIndicator).isHealthy('jobs')).resolves.toMatchObject({
      jobs: { status: 'up' },
    });
  });
});
