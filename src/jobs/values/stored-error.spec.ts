import { describe, expect, it } from 'vitest';
import { describeStoredError, storeableError } from './stored-error.js';

describe('a stored error', () => {
  it('has name, message, code, stack frames and causes', () => {
    const root = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' });
    const error = new TypeError('cannot import', { cause: new RangeError('row 7', { cause: root }) });
    const stored = storeableError(error);
    expect(stored).toMatchObject({
      name: 'TypeError',
      message: 'cannot import',
      causes: [
        { name: 'RangeError', message: 'row 7' },
        { name: 'Error', message: 'connect refused', code: 'ECONNREFUSED' },
      ],
    });
    expect(stored.stack).toMatch(/^ {4}at .*stored-error\.spec/);
    expect(describeStoredError(stored)).toMatch(
      /^TypeError: cannot import\n {4}at [^]*\nCaused by RangeError: row 7\nCaused by Error: connect refused$/,
    );
    expect(JSON.parse(JSON.stringify(stored))).toEqual(stored);
  });

  it('has the name of the class, unless the class sets another name', () => {
    class NotPaid extends Error {}
    class Named extends TypeError {
      override name = 'PaymentError';
    }
    class Plain extends TypeError {}
    const abort = new DOMException('x', 'AbortError');
    const names = [new NotPaid(), new Named(), new Plain(), new TypeError(), abort].map(
      (error) => storeableError(error).name,
    );
    expect(names).toEqual(['NotPaid', 'PaymentError', 'Plain', 'TypeError', 'AbortError']);
  });

  it('has the errors of an AggregateError as causes', () => {
    const stored = storeableError(new AggregateError([new Error('::1'), new Error('127.0.0.1'), 'text'], ''));
    expect(stored.causes?.map(({ message }) => message)).toEqual(['::1', '127.0.0.1']);
  });

  it('is small, even if the error is long, deep or circular', () => {
    const circular = new Error('a'.repeat(1_000_000));
    circular.cause = new Error('b'.repeat(1_000_000), { cause: circular });
    circular.name = 'N'.repeat(100_000);
    circular.stack = `N: x\n${'    at somewhere\n'.repeat(100_000)}`;
    let deep = new Error('0');
    for (let i = 1; i < 50; i++) deep = new Error(String(i), { cause: deep });
    const many = new AggregateError(Array.from({ length: 1_000 }, () => new Error('x'.repeat(10_000))));
    for (const error of [circular, deep, many])
      expect(JSON.stringify(storeableError(error)).length).toBeLessThan(9_000);
  });

  it('is made of an error without a stack or with odd properties, too', () => {
    const odd = Object.assign(new Error('x'), { name: undefined, message: 7, stack: null, code: 3 });
    expect(storeableError(odd as unknown as Error)).toEqual({ name: 'undefined', message: '7' });
  });
});
