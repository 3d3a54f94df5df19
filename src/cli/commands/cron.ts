import type { ScheduleState } from '../../jobs/index.js';
import {
  humanDuration,
  listSchedules,
  pauseSchedule,
  resumeSchedule,
  runSchedule,
  withStore,
} from '../../jobs/internals.js';
import { readArguments, refuseWord } from '../shell/arguments.js';
import { exit, UsageError, type Command, type Output } from '../shell/command.js';
import { storeUrl } from '../shell/store-url.js';

const help = `Usage: fledge cron [url] [--json]
       fledge cron pause|resume|run <name> [url]

Lists the schedules that are in the store, with their next runs; or

  pause    lets one make no more ticks until it is resumed, through deploys too, and for a week after a deploy removed it
  resume   lets it go on, with the first tick from now
  run      enqueues its job at once, with its payload; its ticks come as planned

  name     as the list has it
  url      as for fledge doctor; JOBS_URL if it is left out. JOBS_PASSWORD stands in for the password.
  --json   the schedules as an array

Exit code: 0 done, 1 no such schedule, or no connection, 2 wrong usage.`;

/** Milliseconds: a tick that is due takes a moment, and clocks differ a little. */
const overdueAfter = 5_000;

const actions = ['pause', 'resume', 'run'] as const;
type Action = (typeof actions)[number];

export const cron: Command = {
  summary: 'lists the schedules and their next runs; pauses, resumes and runs them',
  help,
  async run(args, output) {
    const { values, positionals } = readArguments(args, { json: { type: 'boolean' } });
    const action = actions.find((known) => known === positionals[0]);
    if (action) {
      const [, name, url] = positionals;
      if (!name || name.includes('://') || positionals.length > 3 || values.json)
        throw new UsageError(`fledge cron ${action} takes a schedule's name, and then a URL.`);
      output.print(await act(action, name, url, output));
      return exit.ok;
    }
    refuseWord(positionals[0], actions, 'cron');
    if (positionals.length > 1)
      throw new UsageError('fledge cron takes one URL, or pause, resume or run and a name.');
    const url = storeUrl(positionals[0], 'cron', output);
    const schedules = await withStore(url, output.env, listSchedules);
    if (values.json) output.json(schedules);
    else output.print(list(schedules));
    return exit.ok;
  },
};

async function act(action: Action, name: string, typed: string | undefined, output: Output): Promise<string> {
  const url = storeUrl(typed, `cron ${action} <name>`, output);
  return withStore(url, output.env, async (store) => {
    if (action === 'run') {
      const { id, name: job, queue } = await runSchedule(store, name);
      return `${job} ${id} enqueued on ${queue}.`;
    }
    if (action === 'pause') await pauseSchedule(store, name);
    else await resumeSchedule(store, name);
    return `${name} is ${action}d.`;
  });
}

function list(schedules: readonly ScheduleState[]): string | string[] {
  if (schedules.length === 0)
    return 'No schedule is known. Workers bring what the code declares into the store when they start.';
  return schedules.flatMap(describe);
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
  ...timing
}: ScheduleState): string[] {
  if (damage !== undefined) return [`${name}  damaged: ${damage}`];
  const when =
    timing.every === undefined
      ? `${timing.cron} (${timing.timezone})`
      : `every ${humanDuration(timing.every)}`;
  return [
    `${name}  ${paused ? 'paused' : expectation(next)}`,
    `  ${job} on ${queue}, ${when}; missed: ${missed}; last ${last ? at(last) : 'not known'}`,
  ];
}

function expectation(next: Date | undefined): string {
  if (!next) return 'not planned: does a worker run?';
  if (Date.now() - next.getTime() < overdueAfter) return `next ${at(next)}`;
  return `overdue since ${at(next)}: does a worker of its queue run, and have a free slot?`;
}

function at(time: Date): string {
  const ms = time.getTime() - Date.now();
  const distance = ms >= 0 ? `in ${humanDuration(ms)}` : `${humanDuration(-ms)} ago`;
  return `${time.toISOString().replace('.000Z', 'Z')} (${distance})`;
}
