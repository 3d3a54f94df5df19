import { expect, it } from 'vitest';
import { asError } from './errors.js';

const revoked = (target: object): unknown => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};

const error = new TypeError('as it was');

it.each<[string, unknown, string]>([
  ['an error', error, 'as it was'],
  ['text', 'just text', 'just text'],
  ['nothing', undefined, 'undefined'],
  ['an object without a prototype', Object.create(null), '[Object: null prototype] {}'],
  ['a revoked proxy', revoked({}), '<Revoked Proxy>'],
  ['a revoked proxy of an error', revoked(error), '<Revoked Proxy>'],
])('asError makes an Error of %s', (_, thrown, message) => {
  expect(asError(thrown).message).toBe(message);
});

it('asError keeps an error that can be read', () => expect(asError(error)).toBe(error));
