import type { QueueStats } from '../../jobs/index.js';
import { humanDuration, withInventory } from '../../jobs/internals.js';
import { refuseEmpty } from '../shell/arguments.js';
import { defineCommand, exit } from '../shell/command.js';
import { requireComplete } from '../shell/incomplete.js';
import { listOf } from '../shell/list.js';
import type { Painted } from '../shell/output.js';
import { storeUrl, urlWord } from '../shell/store-url.js';
import { table, type Column } from '../shell/table.js';
import { pausedJson, pausedNotice } from './tables/paused-table.js';

export const queues = defineCommand({
  name: 'queues',
  summary: 'lists the queues: how many jobs they have, how late they are, and who serves them',
  usages: ['[url]'],
  about: [
    'Lists the queues with their jobs. SCHEDULED counts jobs that are not due yet, retries included. LATE is how long the next jobs have been due. WORKERS is how many processes serve the queue, or ? if the server does not report it. Paused jobs are named below the queues.',
  ],
  words: urlWord,
  flags: { queue: { type: 'string', value: 'queue', help: 'only this queue' } },
  exits: '0 done, 1 not all queues were found, or no connection',
  async run({ values, words, output }) {
    refuseEmpty(values);
    const url = storeUrl(words, { command: 'queues', output });
    const { stats, paused, complete } = await withInventory(
      url,
      output.env,
      async (inventory) => ({
        stats: await inventory.stats(values.queue),
        paused: (await inventory.pausing.paused()).filter(({ kind }) => kind === 'job'),
        complete: inventory.complete,
      }),
      values.queue,
    );
    output.show({ ...listOf(stats.map(asJson)), paused: paused.map(pausedJson) }, () =>
      stats.length === 0
        ? 'The store has no queues.'
        : [...table(stats, columns, output.width), ...pausedNotice(paused, output.now, output.width)],
    );
    requireComplete(complete);
    return exit.ok;
  },
});

/** JSON has no undefined, and a missing field would look like an older version of Fledge. */
function asJson(stats: QueueStats): object {
  return { ...stats, consumers: stats.consumers ?? null };
}

const columns: readonly Column<QueueStats>[] = [
  { title: 'QUEUE', cell: ({ name }) => name },
  { title: 'STATE', cell: stateOf },
  count('WAITING', ({ size }) => size),
  count('SCHEDULED', ({ scheduled }) => scheduled),
  count('RUNNING', ({ running }) => running),
  {
    title: 'DEAD',
    cell: ({ dead }) => ({ text: String(dead), colour: dead > 0 ? 'red' : undefined }),
    align: 'right',
    narrow: 'below',
  },
  {
    title: 'LATE',
    cell: ({ latency }) => (latency > 0 ? humanDuration(latency) : '-'),
    align: 'right',
    narrow: 'below',
  },
  { title: 'WORKERS', cell: ({ consumers }) => String(consumers ?? '?'), align: 'right', narrow: 'below' },
];

function count(title: string, of: (stats: QueueStats) => number): Column<QueueStats> {
  return { title, cell: (stats) => String(of(stats)), align: 'right', narrow: 'below' };
}

function stateOf({ paused, consumers, size, scheduled }: QueueStats): Painted {
  if (paused) return { text: 'paused', colour: 'yellow' };
  if (consumers !== 0) return { text: 'served', colour: 'green' };
  return { text: 'no worker', colour: size + scheduled > 0 ? 'red' : undefined };
}
