import { unknownName } from '../../jobs/values/did-you-mean.js';
import { refuseRest } from '../shell/arguments.js';
import { defineCommand, exit, UsageError, type Command, type Commands } from '../shell/command.js';
import { bashScript } from '../shell/completion/bash.js';
import { completedCommands, type CompletedCommand } from '../shell/completion/completed.js';
import { fishScript } from '../shell/completion/fish.js';
import { zshScript } from '../shell/completion/zsh.js';

const shells: Readonly<Record<string, (commands: readonly CompletedCommand[]) => string[]>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** @param commands the table from which the scripts are made */
export const completionOf = (commands: Commands): Command =>
  defineCommand({
    name: 'completion',
    summary: 'prints a script that completes commands in bash, zsh or fish',
    usages: ['bash|zsh|fish'],
    about: [
      'Prints a script with which a shell completes the commands, options and states of fledge when you press Tab. The first lines of the script say how to load it.',
      'The shell completes the command fledge. If you run it with npx, define alias fledge="npx fledge". After an upgrade of Fledge, print the script again.',
    ],
    actions: {
      bash: 'for bash 3.2 or later: source <(fledge completion bash)',
      zsh: 'for zsh: source <(fledge completion zsh)',
      fish: 'for fish: fledge completion fish > ~/.config/fish/completions/fledge.fish',
    },
    flags: {},
    exits: '0 done',
    async run({ words: [shell, ...rest], output }) {
      const usage = 'fledge completion bash|zsh|fish';
      if (shell === undefined) throw new UsageError(`Missing argument: a shell. Use ${usage}.`);
      const scriptOf = Object.hasOwn(shells, shell) ? shells[shell] : undefined;
      if (!scriptOf)
        throw new UsageError(unknownName('shell', shell, Object.keys(shells), 'fledge completion'));
      refuseRest(rest, usage);
      const lines = scriptOf(await completedCommands(commands));
      output.show({ shell, script: `${lines.join('\n')}\n` }, () => lines);
      return exit.ok;
    },
  });
