import { sendCommand, withStore } from '../../jobs/internals.js';
import { readTarget } from '../shell/arguments.js';
import { defineCommand, exit, type Command } from '../shell/command.js';
import { storeUrl, urlWord } from '../shell/store-url.js';

export const quiet = remote(
  'quiet',
  'makes a worker process stop taking jobs',
  "Makes a worker process stop taking jobs. Its running jobs continue. This can't be undone. Run fledge stop next.",
);
export const stop = remote(
  'stop',
  'stops a worker process',
  'Stops a worker process in the same way as SIGTERM. A process manager may start another.',
);

/** Makes a command that a worker process carries out. */
function remote(name: 'quiet' | 'stop', summary: string, effect: string): Command {
  return defineCommand({
    name,
    summary,
    usages: ['<process> [url]'],
    about: [`${effect} The process receives the command within two seconds.`],
    words: { process: 'the id of the process (host:pid:nonce), as fledge ps lists it', ...urlWord },
    flags: {},
    exits: '0 the command was sent, 1 the process is not alive, or no connection',
    async run({ words, output }) {
      const usage = `fledge ${name} <process> [url]`;
      const { target: id, url } = readTarget(words, 'the id of a process', usage);
      await withStore(storeUrl([url], { command: `${name} <process>`, output }), output.env, ({ fleet }) =>
        sendCommand(fleet, id, name),
      );
      output.show(
        { id, command: name },
        () => `Sent the command ${name} to ${id}. The process receives it within two seconds.`,
      );
      return exit.ok;
    },
  });
}
