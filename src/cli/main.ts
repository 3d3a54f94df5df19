#!/usr/bin/env node
import { commands } from './commands.js';
import { run } from './run.js';
import { liveTerminal } from './shell/screen/live-terminal.js';
import { measure } from './shell/terminal.js';

const { stdout, stderr, env, argv } = process;
const terminal = {
  env,
  folder: process.cwd(),
  out: (text: string) => void stdout.write(`${text}\n`),
  complain: (text: string) => void stderr.write(`${text}\n`),
  live: liveTerminal(process, (text) => void stdout.write(text)),
  input: () => process.stdin,
  ...measure(process),
};
for (const stream of [stdout, stderr]) stream.on('error', ignoreClosedPipe);
// process.exit could lose text that is still being written to a pipe.
process.exitCode = await run(argv.slice(2), commands, terminal);

/** The reader of a pipe may end early, as head does. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
