import { describe, expect, it } from 'vitest';
import { callPolicyOf, policyOfJob, resolvePolicy, unlimited, type PolicyOptions } from './policy.js';
import { lockOf, planUnique, type UniqueOptions } from '../unique.js';
import { checkPayload, type CheckedJson } from '../../values/json/json-check.js';

class SomeError extends Error {}
class SubError extends SomeError {}

const who = '@Job() of ImportJob';
const resolve = (own: object, defaults: object = {}) =>
  resolvePolicy(own as PolicyOptions, defaults as PolicyOptions, who);

describe('a job’s policy', () => {
  it('has 25 attempts along Sidekiq’s curve, and ends in the dead set', () => {
    expect(resolve({})).toMatchObject({ attempts: 25, retryFor: undefined, backoff: undefined, dead: true });
  });

  it('inherits the options that the class does not set from the defaults', () => {
    const defaults = { attempts: 5, backoff: '1s', timeout: '1m', expiresIn: '1h', dead: false };
    expect(resolve({}, defaults)).toMatchObject({
      attempts: 5,
      backoff: { type: 'fixed', delay: 1_000 },
      timeout: 60_000,
      expiresIn: 3_600_000,
      dead: false,
    });
    expect(resolve({ timeout: '2m' }, defaults)).toMatchObject({ timeout: 120_000, attempts: 5 });
  });

  it('does not inherit attempts if the class sets retryFor, or retryFor if it sets attempts', () => {
    expect(resolve({ retryFor: '1h' }, { attempts: 5 })).toMatchObject({
      attempts: Infinity,
      retryFor: 3_600_000,
    });
    expect(resolve({ attempts: 5 }, { retryFor: '1h' })).toMatchObject({ attempts: 5, retryFor: undefined });
  });

  it.each([
    [{ attempts: 0 }, 'ImportJob: attempts is 0'],
    [{ attempts: 3, retryFor: '1h' }, 'ImportJob: both attempts and retryFor'],
    [{ retryFor: 0 }, 'ImportJob: retryFor is 0'],
    [{ backoff: 'soon' }, 'ImportJob: backoff is "soon"'],
    [{ timeout: '25d' }, 'ImportJob: timeout is "25d"'],
    [{ timeout: 0 }, 'ImportJob: timeout is 0'],
    [{ expiresIn: '1 hour' }, 'ImportJob: expiresIn is "1 hour"'],
    [{ retryOn: [{ error: SomeError, attempts: 0 }] }, 'ImportJob: retryOn[0].attempts is 0'],
    [{ retryOn: [{ error: SomeError, delay: [] }] }, 'ImportJob: retryOn[0].delay is an empty list'],
    [{ retryOn: [{ error: [] }] }, 'ImportJob: retryOn[0] is not an error class'],
    [{ retryOn: [{ error: undefined }] }, 'import each other'],
    [{ discardOn: ['SomeError'] }, 'ImportJob: discardOn[0] is not an error class'],
    [{ discardOn: [Date] }, 'ImportJob: discardOn[0] is not an error class'],
    [
      { retryOn: [{ error: SomeError }], discardOn: [SomeError] },
      'name SomeError twice (again in discardOn[0])',
    ],
    [{ retryOn: [{ error: SomeError }, { error: [SubError, SomeError] }] }, 'again in retryOn[1]'],
  ])('refuses %j', (options, words) => {
    expect(() => resolve(options)).toThrow(words);
  });

  it('refuses conflicting defaults as well', () => {
    expect(() => resolve({}, { attempts: 1, retryFor: '1h' })).toThrow(
      'defaults: both attempts and retryFor',
    );
  });
});

describe('the policy of a call', () => {
  it('is undefined if the call sets no options', () => {
    expect(callPolicyOf({}, who)).toBeUndefined();
    const policy = resolve({ attempts: 3 });
    expect(policyOfJob(policy, undefined, 3)).toBe(policy);
  });

  it('can be stored as JSON, and overrides the class', () => {
    const call = callPolicyOf({ backoff: ['1s', '2s'], timeout: '5s', expiresIn: '1h' }, who);
    expect(JSON.parse(JSON.stringify(call))).toEqual(call);
    expect(policyOfJob(resolve({ attempts: 3, timeout: '1m' }), call, 2)).toMatchObject({
      attempts: 2,
      timeout: 5_000,
      expiresIn: 3_600_000,
      backoff: { type: 'list', delays: [1_000, 2_000] },
    });
  });

  it('supports retryFor of the call and of the class, and a class that no longer has it', () => {
    const call = callPolicyOf({ retryFor: '1h' }, who);
    expect(policyOfJob(resolve({}), call, unlimited)).toMatchObject({
      attempts: Infinity,
      retryFor: 3_600_000,
    });
    const span = resolve({ retryFor: '2h' });
    expect(policyOfJob(span, undefined, unlimited)).toBe(span);
    expect(policyOfJob(span, undefined, 4)).toMatchObject({ attempts: 4, retryFor: undefined });
    expect(policyOfJob(resolve({ attempts: 7 }), undefined, unlimited)).toMatchObject({ attempts: 7 });
  });

  it.each([
    [{ attempts: 2, retryFor: '1h' }, 'both attempts and retryFor'],
    [{ backoff: () => '1s' }, 'a function, which cannot be stored'],
    [{ timeout: '30 s' }, 'timeout is "30 s"'],
  ])('refuses %j', (options, words) => {
    expect(() => callPolicyOf(options as object, who)).toThrow(words);
  });
});

const given = (payload: unknown): CheckedJson => checkPayload('J', payload, { warn: 1_000, refuse: 1_000 });

describe('uniqueness', () => {
  const lock = (options: UniqueOptions, payload: unknown, name = 'J', delay = 0) =>
    lockOf(planUnique(options, who), name, given(payload), delay);

  it('compares class and payload, in any order of keys', () => {
    const same = lock({}, { a: 1, b: [{ c: 2, d: undefined }] }).key;
    expect(lock({}, { b: [{ c: 2 }], a: 1 }).key).toBe(same);
    for (const [payload, name] of [
      [{ a: 1, b: [{ c: 3 }] }, 'J'],
      [{ a: 1 }, 'J'],
      [{ a: 1, b: [{ c: 2 }] }, 'K'],
      [undefined, 'J'],
    ] as const)
      expect(lock({}, payload, name).key).not.toBe(same);
    expect(lock({}, [1, 2]).key).not.toBe(lock({}, [2, 1]).key);
  });

  it('compares fields, or the result of a function', () => {
    expect(lock({ by: ['a'] }, { a: 1, b: 1 }).key).toBe(lock({ by: ['a'] }, { a: 1, b: 2 }).key);
    const by = ({ a }: { a: number }): number => a % 2;
    expect(lock({ by }, { a: 1 }).key).toBe(lock({ by }, { a: 3 }).key);
    expect(lock({ by }, { a: 1 }).key).not.toBe(lock({ by }, { a: 2 }).key);
  });

  it('lasts for a time that starts when the job is due', () => {
    expect(lock({ for: '10m' }, {}, 'J', 5_000)).toMatchObject({
      ttl: 605_000,
      until: 'done',
      mode: 'first',
    });
    expect(lock({}, {}).ttl).toBeUndefined();
  });

  it.each([
    [{ until: 'end' }, "unique.until is \"end\". Use 'start' or 'done'"],
    [{ mode: 'latest' }, 'unique.mode is "latest"'],
    [{ by: [] }, 'unique.by is empty'],
    [{ for: 0 }, 'unique.for is 0'],
    [{ mode: 'last', until: 'start' }, "until: 'start' conflicts with it"],
    [{ mode: 'last', for: '1h' }, 'so for conflicts with it'],
  ])('refuses %j', (options, words) => {
    expect(() => planUnique(options as UniqueOptions, who)).toThrow(words);
  });
});
