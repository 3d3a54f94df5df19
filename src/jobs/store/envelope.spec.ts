import { describe, expect, it } from 'vitest';
import { checkMeta, openEnvelope, unreadableData } from './envelope.js';

const error = {
  name: 'E',
  message: 'm',
  code: 'C',
  stack: '    at x',
  causes: [{ name: 'D', message: 'n' }],
};

describe('openEnvelope', () => {
  it.each<[string, object]>([
    ['nothing but a version', {}],
    ['a payload', { payload: { deep: [1, 'x', null] } }],
    ['meta', { meta: { tenant: '1' } }],
    ['a subject', { subject: 'UserMailer.welcome' }],
    ['a policy', { call: { retryFor: 1, timeout: 24 * 86_400_000, expiresIn: 5 } }],
    ['a fixed backoff', { call: { backoff: { type: 'fixed', delay: 0, jitter: 0 } } }],
    ['an exponential backoff', { call: { backoff: { type: 'exponential', delay: 1, max: 2, jitter: 0.2 } } }],
    ['a list of waits', { call: { backoff: { type: 'list', delays: [1, 2] } } }],
    ['a tick of an interval', { tick: { schedule: 's', timing: { every: 1_000 }, missed: 'skip' } }],
    [
      'a tick of a cron expression',
      { tick: { schedule: 's', timing: { cron: '* * * * *', timezone: 'UTC' }, missed: 'once' } },
    ],
    ['a lock', { unique: 'done' }],
    ['a negative number of forgiven crashes', { crashesForgiven: -1 }],
    ['all notes', { notes: { a: 1 }, failures: { E: 2 }, error, dueAt: 1, parkedAt: 1, failedAt: 1 }],
    ['fields of a later version', { call: { later: true }, later: { a: 1 } }],
  ])('opens an envelope with %s', (_, fields) => {
    expect(openEnvelope({ v: 1, ...fields })).toMatchObject({ state: 'sound', envelope: fields });
  });

  it.each<[string, unknown]>([
    ['no data', undefined],
    ['data that is not JSON', unreadableData],
    ['the version 0', { v: 0 }],
    ['the version -1', { v: -1 }],
    ['the version 1.5', { v: 1.5 }],
    ['the version 1e300', { v: 1e300 }],
    ['the version NaN', { v: NaN }],
    ['a subject that is not text', { v: 1, subject: 5 }],
    ['meta that is null', { v: 1, meta: null }],
    ['meta that is a number', { v: 1, meta: 5 }],
    ['meta of numbers', { v: 1, meta: { a: 1 } }],
    ['meta that is a list', { v: 1, meta: ['a'] }],
    ['a policy that is a number', { v: 1, call: 5 }],
    ['rules', { v: 1, call: { rules: 5 } }],
    ['attempts', { v: 1, call: { attempts: 5 } }],
    ['a negative timeout', { v: 1, call: { timeout: -5 } }],
    ['a timeout too long for timers', { v: 1, call: { timeout: 1e99 } }],
    ['a timeout that is text', { v: 1, call: { timeout: '1m' } }],
    ['an expiry that is text', { v: 1, call: { expiresIn: 'x' } }],
    ['a retryFor of 0', { v: 1, call: { retryFor: 0 } }],
    ['a backoff that is text', { v: 1, call: { backoff: '1m' } }],
    [
      'a backoff of an unknown type',
      { v: 1, call: { backoff: { type: 'constructor', delay: 1, jitter: 0 } } },
    ],
    ['a backoff without waits', { v: 1, call: { backoff: { type: 'list', delays: [] } } }],
    ['a backoff with a wait that is null', { v: 1, call: { backoff: { type: 'list', delays: [null] } } }],
    ['a jitter above 1', { v: 1, call: { backoff: { type: 'fixed', delay: 1, jitter: 2 } } }],
    [
      'an exponential backoff without a longest wait',
      { v: 1, call: { backoff: { type: 'exponential', delay: 1, jitter: 0 } } },
    ],
    ['a tick that is a number', { v: 1, tick: 5 }],
    ['a tick without timing', { v: 1, tick: { schedule: 's', timing: null, missed: 'skip' } }],
    [
      'a tick with an unknown policy',
      { v: 1, tick: { schedule: 's', timing: { every: 1_000 }, missed: 'x' } },
    ],
    [
      'an interval that is an object',
      { v: 1, tick: { schedule: 's', timing: { every: {} }, missed: 'skip' } },
    ],
    ['a lock until something else', { v: 1, unique: { a: 1 } }],
    ['an expiry that begins at text', { v: 1, expiryFrom: 'x' }],
    ['a due time too late for a Date', { v: 1, dueAt: 1e300 }],
    ['a parking time that is text', { v: 1, parkedAt: 'x' }],
    ['half a crash', { v: 1, crashesForgiven: 0.5 }],
    ['failures that are a number', { v: 1, failures: 5 }],
    ['failures of objects', { v: 1, failures: { x: { a: 1 } } }],
    ['an error without a message', { v: 1, error: { name: 'E' } }],
    ['an error with a cause that is null', { v: 1, error: { ...error, causes: [null] } }],
    ['an error with causes of causes', { v: 1, error: { ...error, causes: [error] } }],
    ['an error with a stack that is an object', { v: 1, error: { ...error, stack: {} } }],
    ['notes that are null', { v: 1, notes: null }],
    ['notes that are text', { v: 1, notes: 'abc' }],
    ['a payload with a key that changes prototypes', { v: 1, payload: JSON.parse('{"__proto__":1}') }],
  ])('treats an envelope with %s as damaged', (_, data) => {
    expect(openEnvelope(data)).toMatchObject({
      state: 'damaged',
      error: { code: 'FLEDGE_ENVELOPE_DAMAGED' },
    });
  });

  it.each<[string, unknown]>([
    ['a number', 5],
    ['text', 'abc'],
    ['null', null],
    ['a list', []],
    ['no version', { fileId: 'f' }],
    ['the version "1"', { v: '1' }],
  ])('does not take data with %s for an envelope', (_, data) => {
    expect(openEnvelope(data)).toEqual({ state: 'foreign' });
  });

  it('leaves a later version to a newer worker, whatever its fields are', () => {
    expect(openEnvelope({ v: 2, meta: 5 })).toEqual({ state: 'newer', version: 2 });
  });
});

it('refuses meta at the enqueue that a worker would treat as damaged', () => {
  expect(() => checkMeta('X', { tenant: '1', none: undefined })).not.toThrow();
  expect(() => checkMeta('X', { tenant: 5 })).toThrow(/its meta has "tenant".*FLEDGE_PAYLOAD_INVALID/);
});
