import { describe, expect, it } from 'vitest';
import { cancellationsLast, HeardCancellations } from './cancellations.js';
import { tickIdOf } from '../job/schedule/tick.js';

const now = Date.now();
const job = (fields: object = {}) => ({ id: 'a', name: 'LongJob', enqueuedAt: now - 1_000, ...fields });

describe('what a cancellation hits', () => {
  it('is the job with its id, unless that was retried by hand since', () => {
    const heard = new HeardCancellations();
    heard.add({ target: { kind: 'job', id: 'a' }, at: now, reason: 'enough' });
    expect(heard.find(job())).toMatchObject({ reason: 'enough' });
    expect(heard.find(job({ enqueuedAt: now + 5_000 }))).toBeDefined();
    expect(heard.find(job({ anewAt: now + 1 }))).toBeUndefined();
    expect(heard.find(job({ id: 'b' }))).toBeUndefined();
  });

  it('is what was enqueued before its class was cancelled, and not retried since', () => {
    const heard = new HeardCancellations();
    heard.add({ target: { kind: 'class', name: 'LongJob' }, at: now });
    expect(heard.find(job())).toBeDefined();
    expect(heard.find(job({ enqueuedAt: now + 1 }))).toBeUndefined();
    expect(heard.find(job({ anewAt: now + 1 }))).toBeUndefined();
    expect(heard.find(job({ name: 'OtherJob' }))).toBeUndefined();
  });

  it('is no tick of a schedule that is yet to come', () => {
    const heard = new HeardCancellations();
    heard.add({ target: { kind: 'class', name: 'LongJob' }, at: now });
    expect(heard.find(job({ id: tickIdOf('nightly', now + 60_000) }))).toBeUndefined();
    expect(heard.find(job({ id: tickIdOf('nightly', now - 60_000) }))).toBeDefined();
  });

  it('is nothing any more after a week', () => {
    const heard = new HeardCancellations();
    heard.add({ target: { kind: 'job', id: 'old' }, at: now - cancellationsLast - 1 });
    heard.add({ target: { kind: 'job', id: 'new' }, at: now });
    expect(heard.find(job({ id: 'old' }))).toBeUndefined();
    expect(heard.find(job({ id: 'new' }))).toBeDefined();
  });
});
