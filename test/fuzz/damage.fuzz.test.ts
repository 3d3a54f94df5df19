import fc from 'fast-check';
import { Redis } from 'ioredis';
import { Job, JobsInspector, type JobContext, type JobRecord } from 'nestjs-fledge';
import { expect, inject, it, onTestFinished } from 'vitest';
import { jobStates } from '../../src/jobs/store/inventory.js';
import { listSchedules } from '../../src/jobs/schedules/schedule-commands.js';
import { Store } from '../../src/jobs/store/store.js';
import { letWait, placesOf, plant, soundHash, type StoredHash } from '../support/damage.js';
import { fuzz } from '../support/fuzz.js';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

@Job()
class CanaryJob {
  async perform(): Promise<void> {}
}

@Job({ attempts: 3, backoff: 10 })
class PlainJob {
  async perform(): Promise<void> {}
}

@Job({ attempts: 3, backoff: 10, retryOn: [{ error: TypeError, attempts: 2, delay: 10 }] })
class FailingJob {
  async perform(): Promise<void> {
    throw new TypeError('x');
  }
}

@Job()
class NotingJob {
  async perform(_payload: undefined, { note, progress, log, meta }: JobContext): Promise<string | undefined> {
    await note('a', 1);
    await progress(1);
    await log('a line');
    return meta.tenant;
  }
}

interface App extends JobsApp {
  readonly client: Redis;
  readonly base: string;
  readonly inspector: JobsInspector;
  readonly store: Store;
}

async function start(): Promise<App> {
  const url = privateUrl(inject('redisUrl'));
  const queues = { default: { concurrency: 3 } };
  const app = await jobsApp({ url, queues }, [CanaryJob, PlainJob, FailingJob, NotingJob]);
  const { hostname: host, port, searchParams } = new URL(url);
  const client = new Redis({ host, port: Number(port) });
  onTestFinished(() => client.disconnect());
  const base = `{${searchParams.get('prefix')}}:default:`;
  return { ...app, client, base, inspector: app.app.get(JobsInspector), store: app.app.get(Store) };
}

function deep(levels: number): string {
  return `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
}

const oddNumbers = [
  'x',
  '',
  '-1',
  '0',
  '1.5',
  '5x',
  'NaN',
  'nan',
  'inf',
  '1e400',
  '01',
  '9223372036854775807',
];
const oddTexts = [
  '{{{',
  'null',
  '[]',
  '5',
  '""',
  '{}',
  '{"toString":1}',
  '{"__proto__":{"a":1}}',
  deep(20_000),
];

const text = fc.oneof(
  fc.constantFrom(...oddNumbers, ...oddTexts),
  fc.json({ maxDepth: 2 }),
  fc.string(),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
);

const anyValue = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(0, -1, 1.5, 1e99, null, '', [], {}, { toString: 1 }),
);
const optionNames = [
  'attempts',
  'delay',
  'priority',
  'backoff',
  'removeOnComplete',
  'removeOnFail',
  'de',
  'parent',
  'repeat',
  'lifo',
  'kl',
  'fpof',
  'stackTraceLimit',
  'timestamp',
  'jobId',
  'tm',
];
const envelopeNames = [
  'v',
  'meta',
  'call',
  'tick',
  'unique',
  'notes',
  'failures',
  'error',
  'dueAt',
  'expiryFrom',
  'parkedAt',
];
const anyOptions = fc
  .dictionary(fc.constantFrom(...optionNames), anyValue, { maxKeys: 3 })
  .map((opts) => JSON.stringify({ attempts: 5, ...opts }));
const anyEnvelope = fc
  .dictionary(fc.constantFrom(...envelopeNames), anyValue, { maxKeys: 3 })
  .map((envelope) => JSON.stringify({ v: 1, ...envelope }));

const fieldNames = [
  'name',
  'data',
  'opts',
  'timestamp',
  'delay',
  'priority',
  'ats',
  'atm',
  'stc',
  'attemptsMade',
  'id',
  'progress',
  'parent',
  'parentKey',
  'rjk',
  'deid',
  'defa',
  'stacktrace',
  'returnvalue',
  'failedReason',
  'processedOn',
  'finishedOn',
  'tm',
  'pb',
];

const hashes: fc.Arbitrary<StoredHash> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom<StoredHash>('string', 'list', 'zset', undefined) },
  {
    weight: 8,
    arbitrary: fc
      .record({
        name: fc.constantFrom('PlainJob', 'FailingJob', 'NotingJob', 'constructor'),
        odd: fc.dictionary(fc.constantFrom(...fieldNames), text, { maxKeys: 3 }),
        opts: fc.option(anyOptions, { nil: undefined }),
        data: fc.option(anyEnvelope, { nil: undefined }),
        without: fc.subarray(['data', 'opts', 'name', 'timestamp'], { maxLength: 1 }),
      })
      .map(({ name, odd, opts, data, without }) => {
        const fields = { ...soundHash(name), ...(opts && { opts }), ...(data && { data }), ...odd };
        return Object.fromEntries(Object.entries(fields).filter(([field]) => !without.includes(field)));
      }),
  },
);
const ids = fc.oneof(
  { weight: 8, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ minLength: 2, maxLength: 6 }).map((bytes) => Buffer.from([0xff, ...bytes])),
  },
  { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 8 }).map((id) => `odd-${id}`) },
);

/** Calls everything that shows jobs. No call may throw. */
async function showAll({ inspector, store }: App): Promise<JobRecord[]> {
  const all: JobRecord[] = [];
  for (const state of jobStates) for await (const job of inspector.each(state)) all.push(job);
  for (const { id } of all.filter(({ damage }) => damage !== undefined)) {
    const found = await inspector.find(id);
    JSON.stringify([found, found && (await inspector.logs(id))]);
  }
  const rest = [inspector.queues(), inspector.unserved(), inspector.processes(), listSchedules(store)];
  JSON.stringify([all, await Promise.all(rest)]);
  return all;
}

it(
  'all sound jobs complete next to hostile ones, and each hostile job ends and can be shown',
  async () => {
    const app = await start();
    const { client, base, jobs, worker, events, inspector } = app;
    await worker.start();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(hashes, ids), { minLength: 1, maxLength: 6 }), async (hostile) => {
        events.length = 0;
        const planted = await Promise.all(hostile.map(([hash, id]) => plant(client, base, hash, id)));
        await letWait(client, base, ...planted);
        const canary = await jobs.enqueue(CanaryJob);
        await until('the canary has run', () =>
          events.some((event) => event.type === 'finished' && event.id === canary.id),
        );
        let left: string[] = [];
        const settled = async (): Promise<boolean> => {
          const places = await Promise.all(planted.map(({ id }) => placesOf(client, base, id)));
          const isOver = ([place, ...more]: string[]): boolean =>
            more.length === 0 && place !== 'wait' && place !== 'active';
          left = places.flatMap((at, i) => (isOver(at) ? [] : [`${i} is in ${at.join()}`]));
          return left.length === 0;
        };
        await until('each hostile job has ended or is put off', settled).catch((error: unknown) => {
          throw new Error(left.join('; '), { cause: error });
        });
        const isOfStore = ({ type }: { type: string }): boolean =>
          type === 'store-error' || type === 'job-left';
        expect(events.filter(isOfStore)).toEqual([]);
        const shown = await showAll(app);
        const listed = new Set(shown.map(({ id }) => id));
        for (const { id } of planted) {
          const [place] = await placesOf(client, base, id);
          const name = typeof id === 'string' ? id : `bytes:${id.toString('hex')}`;
          if (place !== undefined) expect([...listed]).toContain(name);
        }
        expect(({} as { a?: unknown }).a).toBeUndefined();
        // The next run starts with an empty queue.
        for (const state of ['dead', 'completed', 'scheduled', 'retrying'] as const)
          await inspector.discardAll(state);
      }),
      // A failing run waits for its time limit, so shrinking the example would take an hour.
      { ...fuzz(60), endOnFailure: true },
    );
  },
  120_000 * Number(process.env.FUZZ_SCALE ?? 1),
);
