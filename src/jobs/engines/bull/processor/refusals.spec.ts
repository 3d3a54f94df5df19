import { expect, it } from 'vitest';
import { JobEvents, type JobEvent } from '../../../events/events.js';
import { parseRedisUrl } from '../connection/redis-url.js';
import { Refusals } from './refusals.js';
import { StoreErrors } from '../connection/store-errors.js';
import { ReportedProblems } from '../connection/reported-problems.js';

it('reports once that the store refuses, and that it serves again when every queue is served', () => {
  const events = new JobEvents();
  const seen: JobEvent[] = [];
  events.subscribe((event) => void seen.push(event));
  const refusals = new Refusals(
    events,
    new ReportedProblems(),
    new StoreErrors(parseRedisUrl('redis://h', undefined)),
  );
  const refusal = new Error('WRONGTYPE Operation against a key holding the wrong kind of value');
  refusals.note('mailers', refusal);
  // The other queue is served the whole time, which is not reported.
  refusals.served('default');
  refusals.note('mailers', refusal);
  refusals.served('default');
  expect(seen).toMatchObject([{ type: 'store-error', queue: 'mailers', count: 1 }]);
  refusals.served('mailers');
  expect(seen.slice(1)).toEqual([{ type: 'store-serves', count: 2 }]);
});
