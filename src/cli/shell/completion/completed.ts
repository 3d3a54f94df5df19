import type { Command, Commands } from '../command.js';

/** A word, and what it does. */
export type Described = readonly [word: string, does: string];

export interface CompletedFlag {
  /** Without its dashes. */
  readonly name: string;
  readonly does: string;
  /** `file` completes paths, `text` completes nothing. */
  readonly takes: 'nothing' | 'file' | 'text';
}

/** What a shell completes after the name of a command. */
export interface CompletedCommand {
  readonly name: string;
  readonly does: string;
  /** The words that may follow at once, such as `retry` or the state of jobs. */
  readonly actions: readonly Described[];
  readonly flags: readonly CompletedFlag[];
}

/** The words in the place of a command that are not commands. */
export const otherFirstWords: readonly Described[] = [
  ['help', 'explains a command'],
  ['--help', 'lists the commands'],
  ['--version', 'prints the version of Fledge'],
];

/** Loads all commands. They are described by the same table as the help. */
export async function completedCommands(commands: Commands): Promise<CompletedCommand[]> {
  const loaded = await Promise.all(Object.values(commands).map((load) => load()));
  return loaded.map(completed);
}

function completed({ name, summary, actions = {}, flags }: Command): CompletedCommand {
  return {
    name,
    does: summary,
    actions: Object.entries(actions),
    flags: Object.entries(flags).map(([flag, { type, value, help }]) => ({
      name: flag,
      does: help,
      takes: type === 'boolean' ? 'nothing' : value === 'path' ? 'file' : 'text',
    })),
  };
}

/** Quotes a text for bash and zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
