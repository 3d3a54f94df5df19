#!/usr/bin/env node
import { commands } from './commands.js';
import { run } from './run.js';

const { stdout, stderr, env, argv } = process;
const terminal = stdout.isTTY === true;
const output = {
  env,
  out: (text: string) => void stdout.write(`${text}\n`),
  width: terminal ? stdout.columns : undefined,
  colours: terminal && !env.NO_COLOR,
};
// Not process.exit: what was written to a pipe may not have left yet.
process.exitCode = await run(argv.slice(2), commands, output, (text) => void stderr.write(`${text}\n`));
