import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import fc from 'fast-check';
import { Job, JobEvents, JobsModule, type JobContext } from 'nestjs-fledge';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Attempt } from '../../src/jobs/store/attempt.js';
import { openEnvelope } from '../../src/jobs/store/envelope.js';
import { Executor } from '../../src/jobs/perform/executor.js';
import { fuzz } from '../support/fuzz.js';

const kinds = [
  'completed',
  'failed',
  'killed',
  'discarded',
  'expired',
  'cancelled',
  'snoozed',
  'interrupted',
  'lost',
];

/** The payloads and meta that `perform` received. */
let met: { payload: unknown; meta: unknown }[] = [];
/** The value that `perform` throws. */
let thrown: unknown;

@Job({ attempts: 3, retryOn: [{ error: TypeError, attempts: 2 }] })
class AnyJob {
  async perform(payload: unknown, { meta }: JobContext): Promise<void> {
    met.push({ payload, meta });
    if (thrown !== undefined) throw thrown;
  }
}

let executor: Executor;
let finished = 0;
let close: () => Promise<void>;

beforeAll(async () => {
  const module = await Test.createTestingModule({
    imports: [JobsModule.forRoot({ url: 'memory:' })],
    providers: [AnyJob],
  }).compile();
  // Silent like the rest of the suite, because a testing module sets its own logger.
  Logger.overrideLogger(false);
  executor = module.get(Executor, { strict: false });
  module.get(JobEvents, { strict: false }).subscribe(({ type }) => {
    if (type === 'finished') finished += 1;
  });
  close = () => module.close();
});

afterAll(() => close());

async function execute(data: unknown, name = 'AnyJob'): Promise<string> {
  met = [];
  finished = 0;
  const now = Date.now();
  const nothing = async (): Promise<void> => undefined;
  const job = { id: 'repeat:fledge-s:1000', name, queue: 'default', data, attempt: 1, attempts: 3 };
  const snapshot = { ...job, dueAt: now, firstDueAt: now, enqueuedAt: now, crashes: 0, starts: 1 };
  const writes = { log: nothing, keepNotes: nothing, progress: nothing };
  const port = { ...writes, now: Date.now, wasUnserved: async () => true };
  const { kind } = await executor.execute(new Attempt(snapshot, port));
  expect(kinds).toContain(kind);
  expect(finished).toBe(1);
  return kind;
}

const fieldNames = [
  'v',
  'payload',
  'meta',
  'call',
  'tick',
  'unique',
  'parkedAt',
  'crashesForgiven',
  'dueAt',
  'expiryFrom',
  'anewAt',
  'failedAt',
  'failures',
  'error',
  'notes',
];
const callNames = ['backoff', 'retryFor', 'timeout', 'expiresIn', 'rules', 'dead', 'attempts'];

/** Boundary numbers, names of Object.prototype, and any JSON. */
const hostile = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(0, -1, 1.5, 1e99, -1e99, 2 ** 53, null, '', 'start', {}, [], [null]),
  fc
    .constantFrom('{"__proto__":{"polluted":1}}', '{"toString":1}', '{"constructor":{}}')
    .map((text) => JSON.parse(text) as unknown),
);
const some = (names: readonly string[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.dictionary(fc.constantFrom(...names), hostile, { maxKeys: 3 });
const envelopes = fc
  .tuple(some(fieldNames), fc.option(some(callNames), { nil: undefined }))
  .map(([fields, call]) => ({ v: 1, ...fields, ...(call && { call }) }));

it('any JSON value as an envelope has one outcome, and job classes get only valid payloads', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(envelopes, fc.jsonValue()), async (data) => {
      thrown = undefined;
      const kind = await execute(data);
      const { state } = openEnvelope(data);
      if (state === 'damaged' || state === 'foreign') expect([kind, met.length]).toEqual(['killed', 0]);
      if (state === 'newer') expect([kind, met.length]).toEqual(['snoozed', 0]);
      for (const { meta } of met) {
        expect(Object.values(meta as object).every((value) => typeof value === 'string')).toBe(true);
      }
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    }),
    fuzz(2_000),
  );
});

it('unknown job names, and names of JavaScript’s own properties, have one outcome', async () => {
  const names = fc.oneof(fc.string(), fc.constantFrom('constructor', '__proto__', 'toString', ''));
  await fc.assert(
    fc.asyncProperty(envelopes, names, async (data, name) => {
      fc.pre(name !== 'AnyJob');
      thrown = undefined;
      await execute(data, name);
      expect(met).toEqual([]);
    }),
    fuzz(500),
  );
});

const angry = (trap: keyof ProxyHandler<Error>): unknown =>
  new Proxy(new Error('x'), {
    [trap]: () => {
      throw new Error('trapped');
    },
  });

/** An error whose class can be read only this many times. */
function moody(times: number): unknown {
  let left = times;
  return new Proxy(new Error('x'), {
    getPrototypeOf: (target) => {
      if (left-- === 0) throw new Error('trapped');
      return Object.getPrototypeOf(target) as object;
    },
  });
}

it('whatever a job throws has one outcome', async () => {
  const getter = (name: string): unknown =>
    Object.defineProperty(new Error('x'), name, {
      get: () => {
        throw new Error('no');
      },
    });
  // Created when they are thrown, because fast-check itself reads its values.
  const values: fc.Arbitrary<() => unknown> = fc.oneof(
    fc
      .anything()
      .filter((value) => value !== undefined)
      .map((value) => () => value),
    fc.nat(8).map((times) => () => moody(times)),
    fc.constantFrom('get', 'getPrototypeOf', 'has').map((trap) => () => angry(trap as 'get')),
    fc
      .constantFrom('name', 'message', 'stack', 'code', 'cause', 'errors', 'constructor')
      .map((name) => () => getter(name)),
    fc.anything().map((cause) => () => new Error('x', { cause })),
    fc.array(fc.anything()).map((errors) => () => new AggregateError(errors, 'x')),
  );
  await fc.assert(
    fc.asyncProperty(envelopes, values, async (data, make) => {
      thrown = make();
      const kind = await execute(data);
      if (met.length > 0) expect(['failed', 'discarded', 'expired']).toContain(kind);
    }),
    fuzz(500),
  );
});
