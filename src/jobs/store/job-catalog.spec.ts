import { describe, expect, it } from 'vitest';
import { readCatalog } from './job-catalog.js';

const job = {
  name: 'ChargeJob',
  aliases: ['OldCharge'],
  queue: 'billing',
  attempts: 3,
  priority: 5,
  unique: { until: 'done', mode: 'first', for: 1_000, by: ['orderId'] },
};
const catalog = {
  queues: ['default', 'billing'],
  payloadLimit: { warn: 1, refuse: 2 },
  enqueueMiddleware: ['Stamp'],
  jobs: [job, { name: 'DeliverMail', queue: 'mailers', subjects: ['UserMailer.welcome'] }],
};

describe('a catalog from the store', () => {
  it('is read as it was written', () => expect(readCatalog(JSON.stringify(catalog))).toEqual(catalog));

  it.each([
    ['no JSON', 'no JSON'],
    ['a list', []],
    ['queues that are not texts', { ...catalog, queues: [1] }],
    ['no limit', { ...catalog, payloadLimit: undefined }],
    ['a limit that is not a number', { ...catalog, payloadLimit: { warn: 1, refuse: 'x' } }],
    ['middleware that is not a list', { ...catalog, enqueueMiddleware: 'Stamp' }],
    ['jobs that are not a list', { ...catalog, jobs: {} }],
    ['a job without a queue', { ...catalog, jobs: [{ name: 'x' }] }],
    ['no attempts', { ...catalog, jobs: [{ ...job, attempts: 0 }] }],
    ['a priority that is not a number', { ...catalog, jobs: [{ ...job, priority: '1' }] }],
    ['aliases that are not texts', { ...catalog, jobs: [{ ...job, aliases: [{}] }] }],
    ['subjects that are not texts', { ...catalog, jobs: [{ ...job, subjects: 'x' }] }],
    ['an unknown mode', { ...catalog, jobs: [{ ...job, unique: { until: 'done', mode: 'best' } }] }],
    ['an unknown end', { ...catalog, jobs: [{ ...job, unique: { until: 'never', mode: 'first' } }] }],
    [
      'fields that are not texts',
      { ...catalog, jobs: [{ ...job, unique: { until: 'done', mode: 'first', by: [1] } }] },
    ],
    [
      'a span that is not a number',
      { ...catalog, jobs: [{ ...job, unique: { until: 'done', mode: 'first', for: -1 } }] },
    ],
  ])('with %s is not used', (_, value) =>
    expect(readCatalog(typeof value === 'string' ? value : JSON.stringify(value))).toBeUndefined(),
  );
});
