import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { FledgeError } from '../errors.js';
import { checkJson, checkPayload, findUnsafe } from './json-check.js';

class Money {
  constructor(readonly cents: number) {}
  format(): string {
    return `${this.cents} ct`;
  }
}
class Price {
  constructor(readonly cents: number) {}
  get euros(): number {
    return this.cents / 100;
  }
}
class Priced extends Price {}
/** As a ValidationPipe makes it. */
class AddressDto {
  street = 'Main';
  zip?: string;
}
class UserDto extends AddressDto {
  name = 'Ada';
  homes = [new AddressDto()];
}
class Rows extends Array<number> {}

const self: Record<string, unknown> = {};
self.self = self;

/** Returns an object that inherits from another object, which has no prototype. */
const inheriting = (own: object, inherited: object): object =>
  Object.setPrototypeOf(own, Object.assign(Object.create(null) as object, inherited)) as object;

const revoked = (target: object): unknown => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};

const throwing = (what: unknown): object => ({
  get g() {
    throw what;
  },
});

/** Returns nested objects, each with two references to the next: 2ⁿ values for n objects. */
const shared = (levels: number): unknown => {
  let value: unknown = { v: 1 };
  for (let i = 0; i < levels; i++) value = { a: value, b: value };
  return value;
};

const nested = (levels: number): unknown => {
  let value: unknown = {};
  for (let i = 1; i < levels; i++) value = { value };
  return value;
};

describe('findUnsafe', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['nested JSON', { a: [1, 'x', true, null, { b: {} }], c: undefined }],
    ['an object without prototype', Object.assign(Object.create(null) as object, { a: 1 })],
    ['an object of another realm', runInNewContext('({ a: [{ b: 1 }] })')],
    ['Unicode', { 名前: '太郎 👩‍🚀' }],
    ['lone surrogates', { '\udfff': '\ud800' }],
    ['text in a property called toJSON', { toJSON: 'x' }],
    ['a getter', { get a() { return 1; } }], // prettier-ignore
    ['an instance of a class with only fields', new UserDto()],
    ['a hundred levels', nested(101)],
    ['a property that is not enumerable', Object.defineProperty({ a: 1 }, 'hidden', { value: 1 })],
  ])('accepts %s', (_, payload) => expect(findUnsafe(payload)).toBeUndefined());

  it.each<[unknown, string, RegExp]>([
    [{ a: NaN }, 'payload.a', /NaN.*Send null/],
    [{ a: [1, Infinity] }, 'payload.a[1]', /Infinity/],
    [{ 'born at': new Date() }, 'payload["born at"]', /Date.*toISOString/],
    [{ a: new Map() }, 'payload.a', /Map.*fromEntries/],
    [{ a: new Set() }, 'payload.a', /Set/],
    [{ a: Buffer.from('x') }, 'payload.a', /binary data.*base64/],
    [{ a: new Uint8Array(2) }, 'payload.a', /binary data/],
    [{ a: { b: new Money(1) } }, 'payload.a.b', /instance of Money.*\{ \.\.\.value \}/],
    [{ a: new Price(1) }, 'payload.a', /instance of Price/],
    [{ a: new Priced(1) }, 'payload.a', /instance of Priced/],
    [{ a: inheriting({ own: 1 }, {}) }, 'payload.a', /instance of/],
    [{ a: 1n }, 'payload.a', /bigint.*String/],
    [{ a: () => 1 }, 'payload.a', /function/],
    [{ a: Symbol('x') }, 'payload.a', /symbol/],
    [{ a: Object('x') as unknown }, 'payload.a', /instance of String/],
    [{ a: [undefined] }, 'payload.a[0]', /undefined.*null/],
    // eslint-disable-next-line no-sparse-arrays
    [{ a: [1, , 2] }, 'payload.a[1]', /undefined.*null/],
    [{ a: Object.assign([], { length: 2 ** 32 - 1 }) }, 'payload.a[0]', /undefined.*null/],
    [new Date(), 'payload', /Date/],
    [JSON.parse('{"a":{"__proto__":{"admin":true}}}'), 'payload.a.__proto__', /can change/],
    [{ constructor: 1 }, 'payload.constructor', /can change/],
    [{ prototype: 1 }, 'payload.prototype', /can change/],
    [
      nested(102),
      'payload.value.value.value.value.value.value.value.value.value.value.value.value….value.value.value.value',
      /100 levels/,
    ],
    [{ a: { [Symbol('tenant')]: 1 } }, 'payload.a', /Symbol\(tenant\).*string/],
    [{ a: Object.assign([1], { [Symbol('tenant')]: 1 }) }, 'payload.a', /Symbol\(tenant\)/],
    [{ a: Object.assign([1], { total: 1 }) }, 'payload.a', /also has the key "total"/],
    [{ a: /(?<year>\d+)/.exec('2026') }, 'payload.a', /also has the key "index"/],
    [{ a: new Rows(1, 2) }, 'payload.a', /instance of Rows.*\[\.\.\.value\]/],
    [{ a: Object.assign([1], { toJSON: () => 2 }) }, 'payload.a', /toJSON method/],
    [{ a: { toJSON: () => 2 } }, 'payload.a', /toJSON method/],
    [{ a: Object.defineProperty({}, 'toJSON', { value: () => 2 }) }, 'payload.a', /toJSON method/],
    [{ a: inheriting({}, { toJSON: () => 2 }) }, 'payload.a', /instance of/],
    [{ a: inheriting({ own: 1 }, { inherited: 2 }) }, 'payload.a', /instance of/],
    [{ a: inheriting({ own: 1 }, { inherited: 2, hasOwnProperty: 1 }) }, 'payload.a', /instance of/],
    [{ a: Object.setPrototypeOf([1], [2]) as unknown }, 'payload.a', /instance of/],
    [{ a: Object.setPrototypeOf([1], null) as unknown }, 'payload.a', /instance of/],
    [{ a: Math }, 'payload.a', /instance of Math/],
    [{ a: JSON }, 'payload.a', /instance of JSON/],
    [{ a: Reflect }, 'payload.a', /instance of Reflect/],
    [{ a: Object.setPrototypeOf(new Date(), Object.prototype) as unknown }, 'payload.a', /Date/],
    [{ a: (function () { return arguments; })() }, 'payload.a', /instance of Arguments/], // prettier-ignore
    [{ a: throwing(new TypeError('boom')) }, 'payload.a.g', /cannot be read \(boom\)/],
    [{ a: throwing(revoked({})) }, 'payload.a.g', /cannot be read/],
    [{ a: throwing(undefined) }, 'payload.a.g', /cannot be read \(undefined\)/],
    [{ a: [revoked({})] }, 'payload.a[0]', /cannot be read/],
    [{ a: revoked([]) }, 'payload.a', /cannot be read/],
    [{ a: Object.create(Object.create({ get constructor() { throw new Error('boom'); } })) as unknown }, 'payload.a', /cannot be read \(boom\)/], // prettier-ignore
  ])('%# refuses it with its path and a fix', (payload, path, problem) => {
    expect(findUnsafe(payload)).toEqual({ path, problem: expect.stringMatching(problem) });
  });

  it('stops at an object that contains itself', () => {
    expect(findUnsafe(self)?.problem).toMatch(/contains itself/);
  });

  it('keeps a path short even if the keys are long', () => {
    expect(findUnsafe({ ['k'.repeat(1_000_000)]: { ['\n'.repeat(1_000)]: 1n } })!.path.length).toBeLessThan(
      300,
    );
  });
});

describe('checkJson', () => {
  it('refuses -0, which JSON turns into 0, but findUnsafe accepts it in parsed JSON', () => {
    const unsafe = { path: 'payload.a[0]', problem: expect.stringMatching(/-0.*Send 0/) as string };
    expect(checkJson({ a: [-0] }, 'payload', 100)).toEqual({ state: 'unsafe', unsafe });
    // Other languages write -0.0.
    expect(findUnsafe(JSON.parse('{"a":[-0.0]}'))).toBeUndefined();
  });

  it('reads each getter once and returns what it read', () => {
    let reads = 0;
    const value = {
      get n() {
        return ++reads;
      },
    };
    expect(checkJson(value, 'payload', 100)).toEqual({
      state: 'checked',
      value: { n: 1 },
      text: '{"n":1}',
      size: 7,
    });
    expect(reads).toBe(1);
  });

  it('ignores a getter that returns another value later', () => {
    let reads = 0;
    const value = { get at() { return reads++ ? new Date(0) : 'safe'; } }; // prettier-ignore
    expect(checkJson(value, 'payload', 100)).toMatchObject({ text: '{"at":"safe"}' });
  });

  it('returns a copy that shares nothing with the original', () => {
    const value = { list: [{ a: 1 }], left: undefined };
    const check = checkJson(value, 'payload', 100);
    value.list[0]!.a = 2;
    expect(check).toStrictEqual({
      state: 'checked',
      value: { list: [{ a: 1 }] },
      text: '{"list":[{"a":1}]}',
      size: 18,
    });
  });

  it('stops early at a value that shared references make endless', () => {
    expect(checkJson(shared(14), 'payload', 512 * 1024)).toMatchObject({ state: 'checked' });
    // Without a limit these would be 2¹⁰⁰ values.
    expect(checkJson(shared(100), 'payload', 512 * 1024)).toEqual({ state: 'too large' });
    const text = 'x'.repeat(500_000);
    expect(checkJson(Array(1_000_000).fill(text), 'payload', 512 * 1024)).toEqual({ state: 'too large' });
    const key = { ['k'.repeat(500_000)]: 1 };
    expect(checkJson(Array(1_000_000).fill(key), 'payload', 512 * 1024)).toEqual({ state: 'too large' });
  });

  it('stops early at an endless proxy', () => {
    const endless = new Proxy([], {
      get: (_, key) => (key === 'length' ? 2 ** 53 : key === 'toJSON' ? undefined : 1),
    });
    expect(checkJson(endless, 'payload', 512 * 1024)).toEqual({ state: 'too large' });
  });
});

describe('checkPayload', () => {
  const limits = { warn: 10, refuse: 20 };

  it('counts bytes of JSON, not characters', () => {
    expect(checkPayload('J', { a: 'ééé' }, limits)).toMatchObject({ size: 14, text: '{"a":"ééé"}' });
    expect(checkPayload('J', undefined, limits)).toMatchObject({ size: 0, text: undefined });
  });

  it('refuses a payload with one byte too many, and accepts the limit', () => {
    for (const filler of ['x', 'é', '😀', '\ud800', '\n']) {
      const payload = { a: filler.repeat(10) };
      const refuse = Buffer.byteLength(JSON.stringify(payload));
      expect(checkPayload('J', payload, { ...limits, refuse }).size).toBe(refuse);
      expect(() => checkPayload('J', payload, { ...limits, refuse: refuse - 1 })).toThrow(FledgeError);
    }
  });

  it('makes plain objects of instances that have only fields', () => {
    const { value, text } = checkPayload('J', new UserDto(), { warn: 100, refuse: 100 });
    expect(value).toStrictEqual({ street: 'Main', name: 'Ada', homes: [{ street: 'Main' }] });
    expect(JSON.parse(String(text))).toEqual(value);
  });

  it('refuses a payload that is too large', () => {
    expect(() => checkPayload('ImportCsvJob', { a: 'x'.repeat(20) }, limits)).toThrow(
      /ImportCsvJob was not enqueued: its payload has more than 20 bytes of JSON.*payloadLimit.*FLEDGE_PAYLOAD_TOO_LARGE/,
    );
  });
});
