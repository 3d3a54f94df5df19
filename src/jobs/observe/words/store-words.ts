import type { StoreEvent } from '../../events/store-events.js';
import { humanDuration } from '../../values/duration.js';
import { counted } from '../../values/printable.js';
import { error, log, warn, type Words } from './log-line.js';

export const storeWords = {
  'store-ready': ({ store }) => log(`connected to ${store}`),
  'store-lost': (event) => error(`lost ${event.store}: ${event.error.message}`),
  'store-error': (event) =>
    error(
      `the store is returning errors (${event.count} so far; queue ${event.queue}): ${event.error.message}`,
    ),
  'store-serves': ({ count }) => log(`the store serves again, after ${counted(count, 'error')}`),
  'memory-lost': ({ jobs }) => {
    const names = [...jobs].map(([name, count]) => `${name} ×${count}`).join(', ');
    return warn(
      `jobs in memory that have not finished are lost, because the application closes: ${names}. For a durable queue set JOBS_URL=redis://…`,
    );
  },
  'processor-replaced': ({ queue, silentFor }) =>
    error(`${queue}: the processor has not fetched jobs for ${humanDuration(silentFor)} and was replaced`),
} satisfies Words<StoreEvent>;
