#!/usr/bin/env node
import type { Commands } from './command.js';
import { run } from './run.js';

const commands: Commands = {
  cancel: async () => (await import('./cancel.js')).cancel,
  cron: async () => (await import('./cron.js')).cron,
  dead: async () => (await import('./dead.js')).dead,
  doctor: async () => (await import('./doctor.js')).doctor,
  healthcheck: async () => (await import('./healthcheck.js')).healthcheck,
  job: async () => (await import('./job.js')).job,
  ps: async () => (await import('./ps.js')).ps,
  quiet: async () => (await import('./remote.js')).quiet,
  stop: async () => (await import('./remote.js')).stop,
};

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
