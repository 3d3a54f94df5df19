import { examineStore } from '../../jobs/index.js';
import { readArguments } from '../shell/arguments.js';
import { exit, UsageError, type Command } from '../shell/command.js';
import { report } from './report.js';
import { storeUrl } from '../shell/store-url.js';

const help = `Usage: fledge doctor [url] [--json]

Looks at the server that keeps the jobs, and at its queues, for what loses, delays or refuses jobs, and says
how to fix it. It only reads, and needs no CONFIG: managed Redis will do.

  url      redis[s]://[user:password@]host[:port][/database][?prefix=name]; JOBS_URL if it is left out.
           JOBS_PASSWORD stands in for the password.
  --json   one JSON object: { store, ok, errors, warnings, checks: [{ name, status, found, code?, fix? }] }

Exit code: 0 no error (there may be warnings), 1 an error or no connection, 2 wrong usage.
Each code is explained in docs/errors.md.`;

export const doctor: Command = {
  summary: 'looks at the store and its queues for what loses or delays jobs',
  help,
  async run(args, output) {
    const { values, positionals } = readArguments(args, { json: { type: 'boolean' } });
    if (positionals.length > 1) throw new UsageError('fledge doctor takes one URL.');
    const url = storeUrl(positionals[0], 'doctor', output);
    const diagnosis = await examineStore(url, { env: output.env });
    if (values.json) output.json(diagnosis);
    else output.print(report(diagnosis, output.width));
    return diagnosis.ok ? exit.ok : exit.failure;
  },
};
