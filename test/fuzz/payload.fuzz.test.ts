import fc from 'fast-check';
import { FledgeError, Job, type JobContext, type JobReceipt } from 'nestjs-fledge';
import { describe, expect, inject, it } from 'vitest';
import { checkPayload, type CheckedJson } from '../../src/jobs/values/json/json-check.js';
import { fuzz } from '../support/fuzz.js';
import { jobsApp, privateUrl } from '../support/jobs-app.js';
import { anyValue, harmless, oddities } from '../support/odd-values.js';

const limits = { warn: 16 * 1024, refuse: 16 * 1024 };

/** Returns whether a payload arrived unchanged. Written without the library's check and without JSON. */
function isSame(given: unknown, got: unknown): boolean {
  if (typeof given !== 'object' || given === null) return Object.is(given, got);
  if (typeof got !== 'object' || got === null || Array.isArray(given) !== Array.isArray(got)) return false;
  const own = Reflect.ownKeys(given).filter(
    (key) => Object.getOwnPropertyDescriptor(given, key)!.enumerable && Reflect.get(given, key) !== undefined,
  );
  return (
    own.length === Object.keys(got).length &&
    own.every((key) => Object.hasOwn(got, key) && isSame(Reflect.get(given, key), Reflect.get(got, key))) &&
    (!Array.isArray(given) || given.length === (got as unknown[]).length)
  );
}

function checked(value: unknown): unknown {
  try {
    return checkPayload('J', value, limits);
  } catch (thrown) {
    return thrown;
  }
}

function expectRefusal(error: unknown): void {
  expect(error).toBeInstanceOf(FledgeError);
  const { code, message } = error as FledgeError;
  expect(code).toMatch(/^FLEDGE_PAYLOAD_(INVALID|TOO_LARGE)$/);
  expect(message).toMatch(/ was not enqueued: (payload\S* |its payload has more than)/);
  expect(message.length).toBeLessThan(2_000);
}

describe('any JavaScript value as a payload', () => {
  it('is refused with its path, or equals the result of JSON', () => {
    const property = fc.property(anyValue, ({ make }) => {
      const value = make();
      const check = checked(value);
      if (check instanceof Error) return expectRefusal(check);
      const { value: copy, text } = check as CheckedJson;
      expect(text).toBe(JSON.stringify(value));
      if (text !== undefined) expect(copy).toStrictEqual(JSON.parse(text));
      expect(isSame(value, copy)).toBe(true);
    });
    fc.assert(property, fuzz(2_000));
  });

  it.each(Object.entries(oddities))('is refused if it contains %s', (_, make) => {
    for (const payload of [make(), [make()], { a: { b: [1, make()] } }]) expectRefusal(checked(payload));
  });

  it.each(Object.entries(harmless))('is accepted if it contains %s', (_, make) => {
    for (const payload of [make(), [make()], { a: { b: [1, make()] } }])
      expect(isSame(payload, (checked(payload) as CheckedJson).value)).toBe(true);
  });

  it('is accepted if it is JSON', () => {
    const keys = fc.string().filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key));
    const noMinusZero = fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0 || 0);
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, true, false),
        noMinusZero,
        fc.string({ unit: 'binary' }),
        fc.array(tie('value')),
        fc.dictionary(keys, tie('value')),
      ),
    })).value;
    const property = fc.property(json, (value) => {
      expect((checked(value) as CheckedJson).text).toBe(JSON.stringify(value));
    });
    fc.assert(property, fuzz(1_000));
  });
});

@Job()
class EchoJob {
  static readonly got = new Map<string, unknown>();
  static onGot: () => void = () => undefined;

  async perform(payload: unknown, { id }: JobContext): Promise<void> {
    EchoJob.got.set(id, payload);
    EchoJob.onGot();
  }

  static async receivedFor({ id }: JobReceipt): Promise<unknown> {
    while (!EchoJob.got.has(id)) await new Promise<void>((resolve) => (EchoJob.onGot = resolve));
    return EchoJob.got.get(id);
  }
}

describe.each(['memory', 'redis'])('any JavaScript value as a payload, on %s', (kind) => {
  it('is refused by enqueue, or arrives in perform as JSON', async () => {
    const url = kind === 'memory' ? 'memory:' : privateUrl(inject('redisUrl'));
    const { jobs, worker } = await jobsApp({ url, payloadLimit: limits }, [EchoJob]);
    await worker.start();
    const property = fc.asyncProperty(anyValue, async ({ make }) => {
      const value = make();
      const sent: unknown = await jobs.enqueue(EchoJob, value).catch((thrown: unknown) => thrown);
      if (sent instanceof Error) return expectRefusal(sent);
      const got = await EchoJob.receivedFor(sent as JobReceipt);
      const text = JSON.stringify(value) as string | undefined;
      expect(got).toStrictEqual(text === undefined ? undefined : JSON.parse(text));
      expect(isSame(value, got)).toBe(true);
    });
    await fc.assert(property, fuzz(200));
  });
});
