import { readArguments, runFlags, type Flags, type Read } from './arguments.js';
import type { Output } from './output.js';

export type { Output } from './output.js';
export { UsageError } from './usage-error.js';

/** Exit codes. `failure`: the command found a problem or could not finish. `usage`: the command line is wrong. */
export const exit = { ok: 0, failure: 1, usage: 2 } as const;

export type ExitCode = (typeof exit)[keyof typeof exit];

/** What a command does, and all its words and flags. Help, parsing and suggestions are made from it. */
export interface CommandSpec<F extends Flags = Flags> {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** How to write the command after its name, without its flags. The usual way comes first. */
  readonly usages: readonly [string, ...string[]];
  /** The effect, in paragraphs. */
  readonly about: readonly string[];
  /** The words that may come first, such as `retry`, and their effects. */
  readonly actions?: Readonly<Record<string, string>>;
  /** What the command acts on, and what these words mean. */
  readonly words?: Readonly<Record<string, string>>;
  readonly flags: F;
  /** The meaning of the exit codes 0 and 1. */
  readonly exits: string;
}

/** One call of a command. */
export interface Call<F extends Flags> extends Read<F & typeof commonFlags> {
  readonly output: Output;
}

/** A command of `fledge`. */
export interface Command extends CommandSpec {
  /**
   * Runs the command and prints to `output`.
   * @param args the words after the command's name
   * @throws UsageError
   */
  run(args: readonly string[], output: Output): Promise<ExitCode>;
}

/** The flags of every command. */
export const commonFlags = {
  json: { type: 'boolean', help: 'prints one line of JSON, also for an error' },
  help: { type: 'boolean', help: 'prints this help' },
} as const satisfies Flags;

/** Makes a command whose `run` gets its words and flags. */
export function defineCommand<F extends Flags>(
  spec: CommandSpec<F> & { run(call: Call<F>): Promise<ExitCode> },
): Command {
  const flags = { ...spec.flags, ...commonFlags };
  return {
    ...spec,
    flags: { ...spec.flags, ...runFlags, ...commonFlags },
    run: (args, output) => spec.run({ ...readArguments(args, flags), output }),
  };
}

/** Commands are loaded on use: a container's health check must not load a whole framework every few seconds. */
export type Commands = Readonly<Record<string, () => Promise<Command>>>;
