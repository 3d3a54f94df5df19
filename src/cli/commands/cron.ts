import type { ScheduleState } from '../../jobs/index.js';
import {
  humanDuration,
  listDeclaredSchedules,
  listRuntimeSchedules,
  pauseSchedule,
  resumeSchedule,
  runSchedule,
  withStore,
} from '../../jobs/internals.js';
import { readArguments, readLimit, readTarget, refuseRest, requireUrl } from '../shell/arguments.js';
import { exit, UsageError, type Command, type Output } from '../shell/command.js';
import { storeUrl } from '../shell/store-url.js';

const usage = 'fledge cron [url] [--name <prefix>] [--limit <n>] [--json]';

const help = `Usage: ${usage}
       fledge cron pause|resume|run <name> [url]

Lists the schedules in the store and their next runs: first those that the code declares, then those
that the application made at run time. With an action it changes one schedule:

  pause    stops its runs until it is resumed. The pause outlasts deploys. If a deploy removes the
           schedule, the store keeps the pause for a week
  resume   continues a paused schedule with its next run from now
  run      enqueues its job now, with its payload. Its planned runs don't change

  name     the name of the schedule, as in the list
  url      the store, as for fledge doctor. Default: JOBS_URL.
           The password can also be in JOBS_PASSWORD.
  --name   lists only schedules whose names begin with this
  --limit  how many schedules made at run time to list. Default: 50, with --json 1000
  --json   prints the schedules as a JSON array

Exit code: 0 done, 1 the schedule does not exist, or no connection, 2 wrong usage.`;

const flags = {
  name: { type: 'string' },
  limit: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** In milliseconds. A due run takes a moment to be enqueued, and clocks differ a little. */
const overdueAfter = 5_000;

const actions = ['pause', 'resume', 'run'] as const;
type Action = (typeof actions)[number];

export const cron: Command = {
  summary: 'lists the schedules and their next runs; pauses, resumes or runs a schedule',
  help,
  async run(args, output) {
    const { values, positionals } = readArguments(args, flags);
    const [word, ...words] = positionals;
    const action = actions.find((known) => known === word);
    if (action) {
      if (values.json || (values.name ?? values.limit) !== undefined)
        throw new UsageError(
          `--json, --name and --limit have no effect on fledge cron ${action}. Remove them.`,
        );
      output.print(await act(action, words, output));
      return exit.ok;
    }
    requireUrl(word, actions, 'cron');
    refuseRest(words, usage);
    const prefix = values.name ?? '';
    const limit = readLimit(values.limit, values.json ? 1_000 : 50);
    const { declared, made } = await withStore(storeUrl(word, 'cron', output), output.env, async (store) => ({
      declared: (await listDeclaredSchedules(store)).filter(({ name }) => name.startsWith(prefix)),
      made: await listRuntimeSchedules(store, { prefix, limit }),
    }));
    const schedules = [...declared, ...made.schedules];
    if (values.json) output.json(schedules);
    else output.print(list(schedules, made.total - made.schedules.length, prefix));
    return exit.ok;
  },
};

async function act(action: Action, words: readonly string[], output: Output): Promise<string> {
  const command = `cron ${action} <name>`;
  const { target: name, url } = readTarget(words, 'the name of a schedule', `fledge ${command} [url]`);
  return withStore(storeUrl(url, command, output), output.env, async (store) => {
    if (action === 'run') {
      const { id, name: job, queue } = await runSchedule(store, name);
      return `${job} ${id} enqueued on ${queue}.`;
    }
    if (action === 'pause') await pauseSchedule(store, name);
    else await resumeSchedule(store, name);
    return `${name} is ${action}d.`;
  });
}

/** @param more how many schedules made at run time are not listed */
function list(schedules: readonly ScheduleState[], more: number, prefix: string): string | string[] {
  if (schedules.length === 0 && prefix !== '')
    return 'No schedule in the store has a name that begins with this.';
  if (schedules.length === 0)
    return 'The store has no schedules. A worker stores the schedules of your code when it starts.';
  const rest = `Not listed: ${more} of those made at run time. Raise --limit, or use --name <prefix>.`;
  return [...schedules.flatMap(describe), ...(more > 0 ? [rest] : [])];
}

function describe({
  name,
  job,
  queue,
  paused,
  next,
  last,
  missed,
  damage,
  runtime,
  ...timing
}: ScheduleState): string[] {
  if (damage !== undefined) return [`${name}  damaged: ${damage}`];
  const when =
    timing.every === undefined
      ? `${timing.cron} (${timing.timezone})`
      : `every ${humanDuration(timing.every)}`;
  return [
    `${name}  ${paused ? 'paused' : nextRun(next)}`,
    `  ${job} on ${queue}, ${when}${runtime ? '; made at run time' : ''}; missed: ${missed}; last ${last ? at(last) : 'unknown'}`,
  ];
}

function nextRun(next: Date | undefined): string {
  if (!next) return 'no run is planned. Is a worker running?';
  if (Date.now() - next.getTime() < overdueAfter) return `next ${at(next)}`;
  return `overdue since ${at(next)}. Is a worker of its queue running, and does it have a free slot?`;
}

function at(time: Date): string {
  const ms = time.getTime() - Date.now();
  const distance = ms >= 0 ? `in ${humanDuration(ms)}` : `${humanDuration(-ms)} ago`;
  return `${time.toISOString().replace('.000Z', 'Z')} (${distance})`;
}
