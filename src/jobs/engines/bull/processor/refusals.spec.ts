import { expect, it } from 'vitest';
import { JobEvents, type JobEvent } from '../../../events/events.js';
import { parseRedisUrl } from '../connection/redis-url.js';
import { Refusals } from './refusals.js';
import { StoreErrors } from '../connection/store-errors.js';
import { ToldTroubles } from '../connection/trouble-log.js';

it('says once that the store refuses, and that it serves again only when every queue is served', () => {
  const events = new JobEvents();
  const said: JobEvent[] = [];
  events.subscribe((event) => void said.push(event));
  const refusals = new Refusals(
    events,
    new ToldTroubles(),
    new StoreErrors(parseRedisUrl('redis://h', undefined)),
  );
  const refusal = new Error('WRONGTYPE Operation against a key holding the wrong kind of value');
  refusals.note('mailers', refusal);
  // The other queue is served all the while: that is no news.
  refusals.served('default');
  refusals.note('mailers', refusal);
  refusals.served('default');
  expect(said).toMatchObject([{ type: 'store-error', queue: 'mailers', count: 1 }]);
  refusals.served('mailers');
  expect(said.slice(1)).toEqual([{ type: 'store-serves', count: 2 }]);
});
