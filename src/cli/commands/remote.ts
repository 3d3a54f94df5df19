import { sendCommand, withStore } from '../../jobs/internals.js';
import { readArguments, readTarget } from '../shell/arguments.js';
import { exit, type Command } from '../shell/command.js';
import { storeUrl } from '../shell/store-url.js';

export const quiet = remote(
  'quiet',
  'makes a worker process stop taking jobs',
  `Makes a worker process stop taking jobs. Its running jobs continue.
This can't be undone. Run fledge stop next.`,
);
export const stop = remote(
  'stop',
  'stops a worker process',
  `Stops a worker process in the same way as SIGTERM. A process manager may start another.`,
);

/** Makes a command that a worker process carries out. */
function remote(command: 'quiet' | 'stop', summary: string, effect: string): Command {
  const usage = `fledge ${command} <process> [url]`;
  return {
    summary,
    help: `Usage: ${usage}

${effect}
The process receives the command within two seconds.

  process  the id of the process (host:pid:nonce), as fledge ps lists it
  url      the store, as for fledge doctor. Default: JOBS_URL

Exit code: 0 the command was sent, 1 the process is not alive, or no connection, 2 wrong usage.`,
    async run(args, output) {
      const { positionals } = readArguments(args, {});
      const { target: id, url } = readTarget(positionals, 'the id of a process', usage);
      await withStore(storeUrl(url, `${command} <process>`, output), output.env, ({ fleet }) =>
        sendCommand(fleet, id, command),
      );
      output.print(`Sent the command ${command} to ${id}. The process receives it within two seconds.`);
      return exit.ok;
    },
  };
}
