import { sendCommand, withStore } from '../../jobs/internals.js';
import { readArguments } from '../shell/arguments.js';
import { exit, UsageError, type Command } from '../shell/command.js';
import { storeUrl } from '../shell/store-url.js';

export const quiet = remote(
  'quiet',
  'takes no more jobs; those that run go on. It cannot be undone: stop it next',
);
export const stop = remote('stop', 'stops as SIGTERM stops it: whatever watches over it may start another');

/** A command that a worker process carries out itself, within two seconds of hearing of it. */
function remote(command: 'quiet' | 'stop', effect: string): Command {
  return {
    summary: `asks a worker process to ${command === 'quiet' ? 'take no more jobs' : 'stop'}`,
    help: `Usage: fledge ${command} <process> [url]

The worker process ${effect}.
It hears of it within two seconds.

  process  its id, as fledge ps lists it: host:pid:nonce
  url      as for fledge doctor; JOBS_URL if it is left out

Exit code: 0 it was asked, 1 no such process is alive, or no connection, 2 wrong usage.`,
    async run(args, output) {
      const { positionals } = readArguments(args, {});
      const [id, url] = positionals;
      if (!id || positionals.length > 2 || id.includes('://'))
        throw new UsageError(`fledge ${command} takes a process's id, and then a URL.`);
      await withStore(storeUrl(url, `${command} <process>`, output), output.env, ({ fleet }) =>
        sendCommand(fleet, id, command),
      );
      output.print(`${id} was asked to ${command === 'quiet' ? 'take no more jobs' : 'stop'}.`);
      return exit.ok;
    },
  };
}
