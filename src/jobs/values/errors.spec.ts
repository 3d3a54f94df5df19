import { expect, it } from 'vitest';
import { asError } from './errors.js';

const revoked = (target: object): unknown => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};

const error = new TypeError('unchanged');

it.each<[string, unknown, string]>([
  ['an error', error, 'unchanged'],
  ['text', 'just text', 'just text'],
  ['nothing', undefined, 'undefined'],
  ['an object without a prototype', Object.create(null), '[Object: null prototype] {}'],
  ['a revoked proxy', revoked({}), '<Revoked Proxy>'],
  ['a revoked proxy of an error', revoked(error), '<Revoked Proxy>'],
])('asError returns an Error for %s', (_, thrown, message) => {
  expect(asError(thrown).message).toBe(message);
});

it('asError returns an error that can be read unchanged', () => expect(asError(error)).toBe(error));
