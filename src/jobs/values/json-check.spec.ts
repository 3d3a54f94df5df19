import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { checkPayload, findUnsafe } from './json-check.js';

class Money {
  constructor(readonly cents: number) {}
}

const self: Record<string, unknown> = {};
self.self = self;

describe('findUnsafe', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['nested JSON', { a: [1, 'x', true, null, { b: {} }], c: undefined }],
    ['an object without prototype', Object.assign(Object.create(null) as object, { a: 1 })],
    ['an object of another realm', runInNewContext('({ a: [{ b: 1 }] })')],
    ['Unicode', { 名前: '太郎 👩‍🚀' }],
  ])('lets %s through', (_, payload) => expect(findUnsafe(payload)).toBeUndefined());

  it.each<[unknown, string, RegExp]>([
    [{ a: NaN }, 'payload.a', /NaN.*Send null/],
    [{ a: [1, Infinity] }, 'payload.a[1]', /Infinity/],
    [{ 'born at': new Date() }, 'payload["born at"]', /Date.*toISOString/],
    [{ a: new Map() }, 'payload.a', /Map.*fromEntries/],
    [{ a: new Set() }, 'payload.a', /Set/],
    [{ a: Buffer.from('x') }, 'payload.a', /binary data.*base64/],
    [{ a: new Uint8Array(2) }, 'payload.a', /binary data/],
    [{ a: { b: new Money(1) } }, 'payload.a.b', /instance of Money/],
    [{ a: 1n }, 'payload.a', /bigint.*String/],
    [{ a: () => 1 }, 'payload.a', /function/],
    [{ a: Symbol('x') }, 'payload.a', /symbol/],
    [{ a: [undefined] }, 'payload.a[0]', /undefined.*null/],
    [new Date(), 'payload', /Date/],
    [JSON.parse('{"a":{"__proto__":{"admin":true}}}'), 'payload.a.__proto__', /can change/],
    [{ constructor: 1 }, 'payload.constructor', /can change/],
    [{ prototype: 1 }, 'payload.prototype', /can change/],
  ])('%# refuses it with its path and the way out', (payload, path, problem) => {
    expect(findUnsafe(payload)).toEqual({ path, problem: expect.stringMatching(problem) });
  });

  it('does not follow a circle for ever', () => {
    expect(findUnsafe(self)?.problem).toMatch(/contains itself/);
  });
});

describe('checkPayload', () => {
  const limits = { warn: 10, refuse: 20 };

  it('counts bytes of JSON, not characters', () => {
    expect(checkPayload('J', { a: 'ééé' }, limits)).toBe(14);
    expect(checkPayload('J', undefined, limits)).toBe(0);
  });

  it('refuses what is too large', () => {
    expect(() => checkPayload('ImportCsvJob', { a: 'x'.repeat(20) }, limits)).toThrow(
      /ImportCsvJob was not enqueued: its payload has 28 bytes, the limit is 20.*FLEDGE_PAYLOAD_TOO_LARGE/,
    );
  });
});
