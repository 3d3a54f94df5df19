import type { Output } from './output.js';

export type { Output } from './output.js';
export { quoted } from '../../jobs/values/quoted.js';

/** What the process ends with: all well; something is wrong with what was looked at; the command line makes no sense. */
export const exit = { ok: 0, failure: 1, usage: 2 } as const;

export type ExitCode = (typeof exit)[keyof typeof exit];

/** One word after `fledge`. */
export interface Command {
  /** One line, for the list of commands. */
  readonly summary: string;
  /** The text of `fledge help <command>`: how it is written, what it does, its options. */
  readonly help: string;
  /**
   * Does it, and prints to `output`.
   * @param args what follows the command's name
   * @throws UsageError
   */
  run(args: readonly string[], output: Output): Promise<ExitCode>;
}

/** Loaded when it is asked for: a container's health check must not load a whole framework every few seconds. */
export type Commands = Readonly<Record<string, () => Promise<Command>>>;

/** The command line makes no sense: exit code 2. Its message never quotes an argument that may hold a password. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
