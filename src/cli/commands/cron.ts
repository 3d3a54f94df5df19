import type { ScheduleState } from '../../jobs/index.js';
import {
  listDeclaredSchedules,
  listRuntimeSchedules,
  pauseSchedule,
  resumeSchedule,
  runSchedule,
  withStore,
  type StoreTarget,
} from '../../jobs/internals.js';
import { readLimit, readTarget } from '../shell/arguments.js';
import { defineCommand, exit, UsageError, type Output } from '../shell/command.js';
import { listOf } from '../shell/list.js';
import { storeUrl, urlWord } from '../shell/store-url.js';
import { scheduleTable } from './tables/schedule-table.js';

const actions = ['pause', 'resume', 'run'] as const;

type Action = (typeof actions)[number];

export const cron = defineCommand({
  name: 'cron',
  summary: 'lists the schedules and their next runs; pauses, resumes or runs a schedule',
  usages: ['[url]', 'pause|resume|run <name> [url]'],
  about: [
    'Lists the schedules in the store and their next runs: first those that the code declares, then those that the application made at run time. With an action it changes one schedule.',
  ],
  actions: {
    pause:
      'stops its runs until it is resumed. The pause outlasts deploys. If a deploy removes the schedule, the store keeps the pause for a week',
    resume: 'continues a paused schedule with its next run from now',
    run: "enqueues its job now, with its payload. Its planned runs don't change",
  } satisfies Record<Action, string>,
  words: { name: 'the name of the schedule, as in the list', ...urlWord },
  flags: {
    name: { type: 'string', value: 'prefix', help: 'lists only schedules whose names begin with this' },
    limit: {
      type: 'string',
      value: 'n',
      help: 'how many schedules made at run time to list. Default: 50',
    },
    cursor: { type: 'string', value: 'next', help: 'continues after the page with this "next"' },
    utc: { type: 'boolean', help: "prints times in UTC. Default: this machine's time zone" },
  },
  exits: '0 done, 1 the schedule does not exist, or no connection',
  async run({ values, words, output }) {
    const { limit, cursor, utc, name: prefix } = values;
    const action = actions.find((known) => known === words[0]);
    if (action) {
      if ((prefix ?? limit ?? cursor ?? utc) !== undefined)
        throw new UsageError(
          `--name, --limit, --cursor and --utc have no effect on fledge cron ${action}. Remove them.`,
        );
      await act(action, words.slice(1), output);
      return exit.ok;
    }
    const url = storeUrl(words, { command: 'cron', output, actions });
    const {
      declared,
      made,
      total,
      next = null,
    } = await listSchedules(url, output, {
      prefix,
      limit: readLimit(limit, 50),
      after: cursor,
    });
    const schedules = [...declared, ...made];
    output.show(listOf(schedules, next), () => {
      if (schedules.length === 0 && prefix)
        return 'No schedule in the store has a name that begins with this.';
      if (schedules.length === 0)
        return 'The store has no schedules. A worker stores the schedules of your code when it starts.';
      const rest = `Listed: ${made.length} of ${total} made at run time. Raise --limit, use --name <prefix>, or continue with --cursor ${next}`;
      return [
        ...scheduleTable(schedules, { now: output.now, utc }, output.width),
        ...(next === null ? [] : ['', rest]),
      ];
    });
    return exit.ok;
  },
});

interface Listed {
  readonly declared: readonly ScheduleState[];
  /** One page of the schedules that were made at run time. */
  readonly made: readonly ScheduleState[];
  /** How many were made at run time in all. */
  readonly total: number;
  readonly next: string | undefined;
}

/** Lists the declared schedules before the first page of those made at run time. */
async function listSchedules(
  url: StoreTarget,
  { env }: Output,
  query: { readonly prefix: string | undefined; readonly limit: number; readonly after: string | undefined },
): Promise<Listed> {
  return withStore(url, env, async (store) => {
    const { prefix = '', after } = query;
    const declared = after === undefined ? await listDeclaredSchedules(store) : [];
    const { schedules: made, total, next } = await listRuntimeSchedules(store, query);
    return { declared: declared.filter(({ name }) => name.startsWith(prefix)), made, total, next };
  });
}

async function act(action: Action, words: readonly string[], output: Output): Promise<void> {
  const command = `cron ${action} <name>`;
  const { target: name, url } = readTarget(words, 'the name of a schedule', `fledge ${command} [url]`);
  await withStore(storeUrl([url], { command, output }), output.env, async (store) => {
    if (action === 'run') {
      const { id, name: job, queue } = await runSchedule(store, name);
      output.show({ action, name, id, job, queue }, () => `${job} ${id} enqueued on ${queue}.`);
      return;
    }
    await (action === 'pause' ? pauseSchedule(store, name) : resumeSchedule(store, name));
    output.show({ action, name }, () => `${name} is ${action}d.`);
  });
}
