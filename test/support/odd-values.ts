import { runInNewContext } from 'node:vm';
import fc from 'fast-check';

class Rows extends Array<unknown> {}
class Money {
  constructor(readonly cents: number) {}
}

const bare = (properties: object): object => Object.assign(Object.create(null) as object, properties);
const hidden = (object: object, key: string, value: unknown): object =>
  Object.defineProperty(object, key, { value });
const revoked = (target: object): unknown => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};
const throwing = (trap: keyof ProxyHandler<object>, target: object = {}): unknown =>
  new Proxy(target, {
    [trap]: () => {
      throw new Error('trapped');
    },
  });
const getter = (get: () => unknown): object => Object.defineProperty({}, 'g', { get, enumerable: true });

/**
 * Values that JSON loses or changes, or that cannot be read. Each is created again, because some change when they are
 * read.
 */
export const oddities: Readonly<Record<string, () => unknown>> = {
  'minus zero': () => -0,
  'a symbol key': () => ({ [Symbol('tenant')]: 'acme', a: 1 }),
  'a symbol key of an array': () => Object.assign([1], { [Symbol('tenant')]: 'acme' }),
  'an array with a property': () => Object.assign([1, 2], { total: 2 }),
  'an array with toJSON': () => Object.assign([1, 2], { toJSON: () => 'changed' }),
  'an array with a hidden toJSON': () => hidden([1, 2], 'toJSON', () => 'changed'),
  'a match of a RegExp': () => /(?<year>\d+)/.exec('2026'),
  'an instance of a subclass of Array': () => new Rows(1, 2),
  'an array with another prototype': () => Object.setPrototypeOf([1], bare({ toJSON: () => 2 })) as unknown,
  'a sparse array': () => Object.assign([1], { 2: 3 }),
  'an endless array': () => Object.assign([], { length: 2 ** 32 - 1 }) as unknown,
  'a toJSON': () => ({ toJSON: () => 'changed' }),
  'a hidden toJSON': () => hidden({ a: 1 }, 'toJSON', () => 'changed'),
  'a toJSON on the prototype': () =>
    Object.setPrototypeOf({ a: 1 }, bare({ toJSON: () => 'changed' })) as unknown,
  'an inherited property': () => Object.setPrototypeOf({ own: 1 }, bare({ inherited: 2 })) as unknown,
  'an instance of a class': () => new Money(1),
  'an instance of a class without a prototype': () =>
    Object.setPrototypeOf({}, Object.create(null) as object) as unknown,
  Math: () => Math,
  JSON: () => JSON,
  Reflect: () => Reflect,
  Intl: () => Intl,
  arguments: () => (function () { return arguments; })(), // prettier-ignore
  'boxed text': () => Object('x') as unknown,
  'a boxed number': () => Object(1) as unknown,
  'a date': () => new Date(),
  'a Date of another realm': () => runInNewContext('new Date()') as unknown,
  'a Map of another realm': () => runInNewContext('new Map([[1, 2]])') as unknown,
  'a Buffer': () => Buffer.from('x'),
  'an Error': () => new Error('x'),
  'a RegExp': () => /x/,
  'a Promise': () => Promise.resolve(1),
  'a WeakMap': () => new WeakMap(),
  'a function': () => () => 1,
  'a symbol': () => Symbol('x'),
  'a bigint': () => 1n,
  'a forbidden key': () => JSON.parse('{"__proto__":{"admin":true}}') as unknown,
  'a getter that throws': () => getter(() => { throw new TypeError('boom'); }), // prettier-ignore
  'a getter that throws undefined': () => getter(() => { throw undefined; }), // prettier-ignore
  'a getter that throws a revoked proxy': () => getter(() => { throw revoked({}); }), // prettier-ignore
  'a getter that never ends': () => { const endless: object = getter(() => (endless as { g: unknown }).g); return endless; }, // prettier-ignore
  'a getter of ever deeper objects': () => { const deeper = (): object => getter(deeper); return deeper(); }, // prettier-ignore
  'a revoked proxy': () => revoked({}),
  'a revoked proxy of an array': () => revoked([]),
  'a proxy without keys': () => throwing('ownKeys'),
  'a proxy without a prototype': () => throwing('getPrototypeOf'),
  'a proxy that cannot be read': () => throwing('get', { a: 1 }),
  'a proxy without descriptors': () => throwing('getOwnPropertyDescriptor', { a: 1 }),
  'a proxy with "in" trapped': () => throwing('has', { a: 1 }),
  'a proxy of an array that cannot be read': () => throwing('get', [1]),
  'a proxy of an endless array': () =>
    new Proxy([], { get: (_, key) => (key === 'length' ? 2 ** 53 : key === 'toJSON' ? undefined : 1) }),
  'a circle': () => { const o: Record<string, unknown> = {}; o.o = o; return o; }, // prettier-ignore
  'a circle through an array': () => { const o: unknown[] = []; o.push({ o }); return o; }, // prettier-ignore
  'shared references without end': () => { let o: unknown = {}; for (let i = 0; i < 90; i++) o = [o, o]; return o; }, // prettier-ignore
  'a thousand levels': () => { let o: unknown = {}; for (let i = 0; i < 1_000; i++) o = { o }; return o; }, // prettier-ignore
};

/** Unusual values that JSON supports. */
export const harmless: Readonly<Record<string, () => unknown>> = {
  'an object without a prototype': () => bare({ a: 1 }),
  'an object of another realm': () => runInNewContext('({ a: [1, { b: 2 }] })') as unknown,
  'a getter': () => getter(() => 1),
  'a proxy': () => new Proxy({ a: [1] }, {}),
  'a proxy of an array': () => new Proxy([{ a: 1 }], {}),
  'a frozen object': () => Object.freeze({ a: Object.freeze([1]) }),
  'lone surrogates': () => ({ '\udfff': '\ud800' }),
  'control characters': () => ({ '\0': '\u2028\u009b\u202e' }),
  'a hidden property': () => hidden({ a: 1 }, 'secret', 1),
  'shared references': () => { const o = { a: 1 }; return [o, o, { o }]; }, // prettier-ignore
  'undefined properties': () => ({ a: undefined, b: 1 }),
  'numbers at their limits': () => [Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53 + 1, 0.1 + 0.2],
  'index keys': () => ({ 1: 'b', 0: 'a', length: 2 }),
  'text in a property called toJSON': () => ({ toJSON: 'x' }),
};

/** Functions that create a value, because fast-check cannot handle a value that throws when it is read. */
export interface Recipe {
  /** The output of a failed property. */
  readonly text: string;
  readonly make: () => unknown;
}

const oneOf = (values: Readonly<Record<string, () => unknown>>): fc.Arbitrary<Recipe> =>
  fc.constantFrom(...Object.keys(values)).map((text) => ({ text, make: values[text]! }));

const ready = (values: fc.Arbitrary<unknown>): fc.Arbitrary<Recipe> =>
  values.map((value) => ({ text: fc.stringify(value), make: () => value }));

const list = (recipes: readonly Recipe[]): Recipe => ({
  text: `[${recipes.map(({ text }) => text).join(', ')}]`,
  make: () => recipes.map(({ make }) => make()),
});

const record = (recipes: Readonly<Record<string, Recipe>>): Recipe => ({
  text: `{${Object.entries(recipes)
    .map(([key, { text }]) => `${JSON.stringify(key)}: ${text}`)
    .join(', ')}}`,
  make: () => Object.fromEntries(Object.entries(recipes).map(([key, { make }]) => [key, make()])),
});

const anything = fc.anything({
  maxDepth: 3,
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});

/** Any value: those of fast-check and those above, nested in each other. */
export const anyValue: fc.Arbitrary<Recipe> = fc.letrec<{ value: Recipe }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    { weight: 3, arbitrary: ready(fc.jsonValue({ maxDepth: 2 })) },
    { weight: 2, arbitrary: ready(anything) },
    { weight: 1, arbitrary: oneOf(oddities) },
    { weight: 3, arbitrary: oneOf(harmless) },
    { weight: 4, arbitrary: fc.array(tie('value'), { maxLength: 4 }).map(list) },
    { weight: 4, arbitrary: fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }).map(record) },
  ),
})).value;
