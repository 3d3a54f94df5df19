import { describe, expect, it } from 'vitest';
import { cancellationsLast, ReceivedCancellations } from './cancellations.js';
import { tickIdOf } from '../job/schedule/tick.js';

const now = Date.now();
const job = (fields: object = {}) => ({ id: 'a', name: 'LongJob', enqueuedAt: now - 1_000, ...fields });

describe('a cancellation', () => {
  it('applies to the job with its id, unless an operator has retried it since', () => {
    const cancellations = new ReceivedCancellations();
    cancellations.add({ target: { kind: 'job', id: 'a' }, at: now, reason: 'enough' });
    expect(cancellations.find(job())).toMatchObject({ reason: 'enough' });
    expect(cancellations.find(job({ enqueuedAt: now + 5_000 }))).toBeDefined();
    expect(cancellations.find(job({ anewAt: now + 1 }))).toBeUndefined();
    expect(cancellations.find(job({ id: 'b' }))).toBeUndefined();
  });

  it('of a class applies to the jobs that were enqueued before and not retried since', () => {
    const cancellations = new ReceivedCancellations();
    cancellations.add({ target: { kind: 'class', name: 'LongJob' }, at: now });
    expect(cancellations.find(job())).toBeDefined();
    expect(cancellations.find(job({ enqueuedAt: now + 1 }))).toBeUndefined();
    expect(cancellations.find(job({ anewAt: now + 1 }))).toBeUndefined();
    expect(cancellations.find(job({ name: 'OtherJob' }))).toBeUndefined();
  });

  it('of a class does not apply to later ticks of a schedule', () => {
    const cancellations = new ReceivedCancellations();
    cancellations.add({ target: { kind: 'class', name: 'LongJob' }, at: now });
    expect(cancellations.find(job({ id: tickIdOf('nightly', now + 60_000) }))).toBeUndefined();
    expect(cancellations.find(job({ id: tickIdOf('nightly', now - 60_000) }))).toBeDefined();
  });

  it('no longer applies after a week', () => {
    const cancellations = new ReceivedCancellations();
    cancellations.add({ target: { kind: 'job', id: 'old' }, at: now - cancellationsLast - 1 });
    cancellations.add({ target: { kind: 'job', id: 'new' }, at: now });
    expect(cancellations.find(job({ id: 'old' }))).toBeUndefined();
    expect(cancellations.find(job({ id: 'new' }))).toBeDefined();
  });
});
