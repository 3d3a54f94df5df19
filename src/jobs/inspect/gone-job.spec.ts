import { expect, it } from 'vitest';
import { goneJob } from './gone-job.js';

it.each([
  [[], 'No job with the id "a" is in the store, because it has no queues. '],
  [['default'], 'No job with the id "a" is in the queue default. '],
  [['default', 'mailers'], 'No job with the id "a" is in the queues default, mailers. '],
])('names the queues %j', (queues, text) => {
  expect(goneJob('a', queues, undefined).message).toContain(text);
});
