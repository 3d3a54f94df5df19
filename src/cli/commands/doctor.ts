import { examineStore } from '../../jobs/index.js';
import { readArguments, refuseRest } from '../shell/arguments.js';
import { exit, type Command } from '../shell/command.js';
import { report } from './report.js';
import { storeUrl } from '../shell/store-url.js';

const usage = 'fledge doctor [url] [--json]';

const help = `Usage: ${usage}

Checks the store's server and its queues for problems that lose, delay or refuse jobs. Prints how
to fix each problem. It only reads. It doesn't use CONFIG, so it works on managed Redis.

  url      redis[s]://[user:password@]host[:port][/database][?prefix=name], or unix:///path.
           Default: JOBS_URL. The password can also be in JOBS_PASSWORD. For TLS, ca=, cert=,
           key=, servername= and rejectUnauthorized= may follow as parameters.
  --json   prints one JSON object:
           { store, ok, errors, warnings, checks: [{ name, status, found, code?, fix? }] }

Exit code: 0 no errors (there may be warnings), 1 an error or no connection, 2 wrong usage.
Each code is explained in docs/errors.md.`;

export const doctor: Command = {
  summary: 'checks the store and its queues for problems that lose or delay jobs',
  help,
  async run(args, output) {
    const { values, positionals } = readArguments(args, { json: { type: 'boolean' } });
    const [typed, ...rest] = positionals;
    refuseRest(rest, usage);
    const url = storeUrl(typed, 'doctor', output);
    const diagnosis = await examineStore(url, { env: output.env });
    if (values.json) output.json(diagnosis);
    else output.print(report(diagnosis, output.width));
    return diagnosis.ok ? exit.ok : exit.failure;
  },
};
