#!/usr/bin/env node
import type { Command } from './command.js';
import { doctor } from './doctor.js';
import { healthcheck } from './healthcheck.js';
import { ps } from './ps.js';
import { quiet, stop } from './remote.js';
import { run } from './run.js';

const commands: Readonly<Record<string, Command>> = { doctor, healthcheck, ps, quiet, stop };

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
