import { isLive, listPaused, withStore } from '../../jobs/internals.js';
import { defineCommand, exit } from '../shell/command.js';
import { listOf } from '../shell/list.js';
import { storeUrl, urlWord } from '../shell/store-url.js';
import { isoTime } from '../shell/times.js';
import { pausedJson, pausedNotice } from './tables/paused-table.js';
import { processTable, type ListedProcess } from './tables/process-table.js';

export const ps = defineCommand({
  name: 'ps',
  summary: 'lists the worker processes and their running jobs',
  usages: ['[url]'],
  about: [
    'Lists the worker processes: the queues that they serve, how busy they are, and their running jobs. A worker sends a heartbeat every 10 s. If the last one is older than 60 s, the process is gone. It stays in the list for an hour. A process that was stopped is removed from the list at once. Paused queues and jobs are named below the processes.',
  ],
  words: urlWord,
  flags: {},
  exits: '0 at least one process is alive, 1 no process is alive, or no connection',
  async run({ words, output }) {
    const url = storeUrl(words, { command: 'ps', output });
    const { members, paused } = await withStore(url, output.env, async (store) => {
      const members = await store.fleet.members();
      const served = members.flatMap(({ queues, others = [] }) => [...queues, ...others]);
      const queues = new Set(served.map(({ name }) => name));
      return { members, paused: await listPaused(store, [...queues]) };
    });
    const processes = members.map((member) => ({ ...member, gone: !isLive(member) }));
    output.show({ ...listOf(processes.map(asJson)), paused: paused.map(pausedJson) }, () =>
      processes.length === 0
        ? 'No worker process was found. Start one with node dist/main-worker.js.'
        : [
            ...processTable(processes, output.now, output.width),
            ...pausedNotice(paused, output.now, output.width),
          ],
    );
    const isServing = processes.some(({ gone, damage }) => !gone && damage === undefined);
    return isServing ? exit.ok : exit.failure;
  },
});

function asJson(process: ListedProcess): object {
  const running = process.running.map(({ since, abortedAt, ...job }) => ({
    ...job,
    since: isoTime(since),
    ...(abortedAt !== undefined && { abortedAt: isoTime(abortedAt) }),
  }));
  return { ...process, startedAt: isoTime(process.startedAt), running };
}
