import { describe, expect, it } from 'vitest';
import { Redaction, redactionOfRecipients, shapesOf } from './redaction.js';

describe('Redaction', () => {
  it('takes a password out of an error and of what caused it, in every shape', () => {
    const redaction = new Redaction(shapesOf('p@ss"w', 'ada'));
    const inner = new Error(`AUTH PLAIN ${Buffer.from('\0ada\0p@ss"w').toString('base64')}`);
    const outer = Object.assign(
      new TypeError('no login with p@ss"w at smtp://ada:p%40ss%22w@a.test', { cause: inner }),
      {
        response: '535 "p@ss\\"w"?',
      },
    );
    expect(redaction.error(outer)).toBe(outer);
    expect(outer.message).toBe('no login with *** at smtp://ada:***@a.test');
    expect(outer.response).toBe('535 "***"?');
    expect(inner.message).toBe('AUTH PLAIN ***');
    expect(`${outer.stack}${inner.stack}`).not.toMatch(/p@ss|p%40ss|AGFkYQ/);
  });

  it('leaves of an address its domain alone, whatever its case', () => {
    const redaction = redactionOfRecipients(['ada@a.test', 'ada+news@a.test']);
    expect(redaction.text('550 <ADA@a.test>, <ada+news@a.test>: unknown')).toBe(
      '550 <***@a.test>, <***@a.test>: unknown',
    );
  });

  it('has nothing to do without words, and with anything but errors', () => {
    const error = new Error('x');
    expect(new Redaction([]).error(error)).toBe(error);
    expect(new Redaction(['', 'ab']).text('abc')).toBe('abc');
    expect(new Redaction(['secret']).error('secret')).toBe('secret');
  });
});
