import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { redactionOfSecrets } from './redact-secrets.js';

const redaction = redactionOfSecrets(['p@ss"w0rd'], ['ada']);

describe('Redaction of an error', () => {
  it('hides a password in the error and its causes, in every form', () => {
    const inner = new Error(`AUTH PLAIN ${Buffer.from('\0ada\0p@ss"w0rd').toString('base64')}`);
    const outer = Object.assign(
      new TypeError('no login with p@ss"w0rd at smtp://ada:p%40ss%22w0rd@a.test', { cause: inner }),
      { response: '535 "p@ss\\"w0rd"?' },
    );
    expect(redaction.error(outer)).toBe(outer);
    expect(outer.message).toBe('no login with *** at smtp://ada:***@a.test');
    expect(outer.response).toBe('535 "***"?');
    expect(inner.message).toBe('AUTH PLAIN ***');
    expect(`${outer.stack}${inner.stack}`).not.toMatch(/p@ss|p%40ss|AGFkYQ/);
  });

  it('hides it in fields, in nested fields, and in causes that are not errors', () => {
    const error = Object.assign(new Error('no', { cause: { url: 'x://ada:p@ss"w0rd@h' } }), {
      options: { auth: ['ada', 'p@ss"w0rd'], depth: { of: { it: 'p@ss"w0rd' } } },
      errors: [new Error('p@ss"w0rd')],
      count: 3,
    });
    redaction.error(error);
    expect(inspect(error, { depth: 9 })).not.toContain('p@ss');
    expect(error).toMatchObject({ count: 3, options: { auth: ['ada', '***'] } });
  });

  it('reads a long and circular chain of causes', () => {
    let deep = new Error('p@ss"w0rd');
    const first = deep;
    for (let i = 0; i < 50; i++) deep = new Error(`p@ss"w0rd ${i}`, { cause: deep });
    first.cause = deep;
    redaction.error(deep);
    expect(first.message).toBe('***');
    expect(inspect(deep, { depth: 99 })).not.toContain('p@ss');
  });

  it('replaces an error that cannot be changed, even if it is a cause', () => {
    const frozen = Object.freeze(Object.assign(new Error('p@ss"w0rd'), { code: 'EAUTH' }));
    expect(redaction.error(frozen)).toMatchObject({ message: '***', code: 'EAUTH' });
    const outer = new Error('no', { cause: frozen });
    expect(redaction.error(outer)).toBe(outer);
    expect(outer.cause).toMatchObject({ message: '***' });
    expect(inspect(outer)).not.toContain('p@ss');
  });

  it('keeps errors without secrets, getters that throw, and values that are not errors', () => {
    const error = new Error('x');
    Object.defineProperty(error, 'odd', {
      enumerable: true,
      get() {
        throw new Error('no');
      },
    });
    const before = inspect(error);
    expect(redaction.error(error)).toBe(error);
    expect(inspect(error)).toBe(before);
    expect(redaction.error(7)).toBe(7);
    expect(redaction.error('a p@ss"w0rd')).toBe('a ***');
  });
});
