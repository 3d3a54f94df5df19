import type { FleetMember } from '../../jobs/index.js';
import { humanDuration, isLive, withStore } from '../../jobs/internals.js';
import { titleOf } from '../../jobs/job/subjects.js';
import { readArguments, refuseRest } from '../shell/arguments.js';
import { exit, type Command } from '../shell/command.js';
import { storeUrl } from '../shell/store-url.js';

const usage = 'fledge ps [url] [--json]';

const help = `Usage: ${usage}

Lists the worker processes: the queues that they serve, how busy they are, and their running jobs.
A worker sends a heartbeat every 10 s. If the last one is older than 60 s, the process is gone. It
stays in the list for an hour. A process that was stopped is removed from the list at once.

  url      the store, as for fledge doctor. Default: JOBS_URL.
           The password can also be in JOBS_PASSWORD.
  --json   prints the processes as a JSON array

Exit code: 0 at least one process is alive, 1 no process is alive, or no connection, 2 wrong usage.`;

export const ps: Command = {
  summary: 'lists the worker processes and their running jobs',
  help,
  async run(args, output) {
    const { values, positionals } = readArguments(args, { json: { type: 'boolean' } });
    const [url, ...rest] = positionals;
    refuseRest(rest, usage);
    const members = await withStore(storeUrl(url, 'ps', output), output.env, ({ fleet }) => fleet.members());
    const processes = members.map((member) => ({ ...member, gone: !isLive(member) }));
    if (values.json) output.json(processes);
    else output.print(list(processes));
    const isServing = processes.some(({ gone, damage }) => !gone && damage === undefined);
    return isServing ? exit.ok : exit.failure;
  },
};

interface ListedProcess extends FleetMember {
  readonly gone: boolean;
}

function list(processes: readonly ListedProcess[]): string | string[] {
  if (processes.length === 0) return 'No worker process was found. Start one with node dist/main-worker.js.';
  const now = Date.now();
  return processes.flatMap((process) => describe(process, now));
}

function describe(process: ListedProcess, now: number): string[] {
  const { id, gone, age, state, version, damage } = process;
  const damaged = damage === undefined ? [] : [`${id}  damaged: ${damage}`];
  // No field of its record could be read.
  if (damage !== undefined && age === Infinity) return damaged;
  const { app, busy, concurrency, rss, loopDelay, roundTrip } = process;
  const served = shown(process.queues);
  const others = process.others ? `; your own processors: ${shown(process.others)}` : '';
  return [
    ...damaged,
    `${id}  ${gone ? `gone, last heartbeat ${humanDuration(age)} ago` : state}`,
    `  ${served}${others}; ${busy} of ${concurrency} busy; ${Math.round(rss / 2 ** 20)} MiB; event loop delay at most ${loopDelay} ms; store round trip ${roundTrip} ms; ${app === undefined ? '' : `${app} on `}fledge ${version}`,
    ...process.running.map(
      (job) =>
        `  ${titleOf(job)} ${job.id} on ${job.queue}, for ${humanDuration(now - job.since)}: ${job.phase}`,
    ),
  ];
}

function shown(queues: readonly { readonly name: string; readonly concurrency: number }[]): string {
  return queues.map(({ name, concurrency }) => `${name} ×${concurrency}`).join(', ');
}
