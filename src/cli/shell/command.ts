import type { Output } from './output.js';

export type { Output } from './output.js';

/** Exit codes. `failure`: the command found a problem or could not finish. `usage`: the command line is wrong. */
export const exit = { ok: 0, failure: 1, usage: 2 } as const;

export type ExitCode = (typeof exit)[keyof typeof exit];

/** A command of `fledge`. */
export interface Command {
  /** One line, for the list of commands. */
  readonly summary: string;
  /** The text of `fledge help <command>`: its usage, effect, options and exit codes. */
  readonly help: string;
  /**
   * Runs the command and prints to `output`.
   * @param args the words after the command's name
   * @throws UsageError
   */
  run(args: readonly string[], output: Output): Promise<ExitCode>;
}

/** Commands are loaded on use: a container's health check must not load a whole framework every few seconds. */
export type Commands = Readonly<Record<string, () => Promise<Command>>>;

/** The command line is wrong, which ends with exit code 2. The message never quotes an argument that may hold a password. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
