import type { FleetMember } from '../../jobs/index.js';
import { humanDuration, isLive, withStore } from '../../jobs/internals.js';
import { readArguments } from '../shell/arguments.js';
import { exit, UsageError, type Command } from '../shell/command.js';
import { storeUrl } from '../shell/store-url.js';

const help = `Usage: fledge ps [url] [--json]

Lists the worker processes: what they serve, how busy they are, and what runs in them since when. Each beats every
10 s; one whose last beat is older than 60 s is gone, and is still listed for an hour. One that stopped in order is not.

  url      as for fledge doctor; JOBS_URL if it is left out. JOBS_PASSWORD stands in for the password.
  --json   the processes as an array

Exit code: 0 some process is alive, 1 none is, or no connection, 2 wrong usage.`;

export const ps: Command = {
  summary: 'lists the worker processes and what they run',
  help,
  async run(args, output) {
    const { values, positionals } = readArguments(args, { json: { type: 'boolean' } });
    if (positionals.length > 1) throw new UsageError('fledge ps takes one URL.');
    const members = await withStore(storeUrl(positionals[0], 'ps', output), output.env, ({ fleet }) =>
      fleet.members(),
    );
    const processes = members.map((member) => ({ ...member, gone: !isLive(member) }));
    if (values.json) output.json(processes);
    else output.print(list(processes));
    const isServing = processes.some(({ gone, damage }) => !gone && damage === undefined);
    return isServing ? exit.ok : exit.failure;
  },
};

function list(processes: readonly (FleetMember & { readonly gone: boolean })[]): string | string[] {
  if (processes.length === 0) return 'No worker process is known: start one with node dist/main-worker.js.';
  const now = Date.now();
  return processes.flatMap((process) => describe(process, now));
}

function describe(process: FleetMember & { readonly gone: boolean }, now: number): string[] {
  const { id, gone, age, state, version, damage } = process;
  const damaged = damage === undefined ? [] : [`${id}  damaged: ${damage}`];
  // Nothing of it could be read.
  if (damage !== undefined && age === Infinity) return damaged;
  const { busy, concurrency, rss, loopDelay, roundTrip } = process;
  const served = process.queues.map((queue) => `${queue.name} ×${queue.concurrency}`).join(', ');
  return [
    ...damaged,
    `${id}  ${gone ? `gone, its last beat is ${humanDuration(age)} old` : state}`,
    `  ${served}; ${busy} of ${concurrency} busy; ${Math.round(rss / 2 ** 20)} MiB; event loop ${loopDelay} ms late at most; store ${roundTrip} ms; fledge ${version}`,
    ...process.running.map(
      (job) => `  ${job.name} ${job.id} on ${job.queue}, for ${humanDuration(now - job.since)}: ${job.phase}`,
    ),
  ];
}
