#!/usr/bin/env node
import { commands } from './commands.js';
import { run } from './run.js';

const { stdout, stderr, env, argv } = process;
const isTerminal = stdout.isTTY === true;
const terminal = {
  env,
  out: (text: string) => void stdout.write(`${text}\n`),
  width: isTerminal ? stdout.columns : undefined,
  colours: isTerminal && !env.NO_COLOR,
};
// process.exit could lose text that is still being written to a pipe.
process.exitCode = await run(argv.slice(2), commands, terminal, (text) => void stderr.write(`${text}\n`));
