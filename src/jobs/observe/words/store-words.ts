import type { StoreEvent } from '../../events/store-events.js';
import { humanDuration } from '../../values/duration.js';
import { error, log, type Words } from './log-line.js';

export const storeWords = {
  'store-ready': ({ store }) => log(`connected to ${store}`),
  'store-lost': (event) => error(`lost ${event.store}: ${event.error.message}`),
  'store-error': (event) =>
    error(
      `the store is returning errors (${event.count} so far; queue ${event.queue}): ${event.error.message}`,
    ),
  'store-serves': ({ count }) => log(`the store serves again, after ${count} error(s)`),
  'processor-replaced': ({ queue, silentFor }) =>
    error(`${queue}: the processor has not fetched jobs for ${humanDuration(silentFor)} and was replaced`),
} satisfies Words<StoreEvent>;
