import { otherFirstWords, type CompletedCommand, type CompletedFlag, type Described } from './completed.js';

export function fishScript(commands: readonly CompletedCommand[]): string[] {
  const names = commands.map(({ name, does }): Described => [name, does]);
  return [
    '# Completes the commands, options and states of fledge. Write it to a file that fish reads:',
    '#   fledge completion fish > ~/.config/fish/completions/fledge.fish',
    'function __fledge_in',
    '    set -l words (commandline -opc)',
    '    test (count $words) -gt 1; and test $words[2] = $argv[1]',
    'end',
    'function __fledge_after',
    '    test (count (commandline -opc)) -eq 2; and __fledge_in $argv[1]',
    'end',
    'complete -c fledge -f',
    ...[...names, ...otherFirstWords].map((one) => word('test (count (commandline -opc)) -eq 1', one)),
    ...names.map((one) => word('__fledge_after help', one)),
    ...commands.flatMap(({ name, actions, flags }) => [
      ...actions.map((one) => word(`__fledge_after ${name}`, one)),
      ...flags.map((flag) => option(name, flag)),
    ]),
  ];
}

function word(condition: string, [name, does]: Described): string {
  return `complete -c fledge -n ${quoted(condition)} -a ${quoted(name)} -d ${quoted(does)}`;
}

/** `-x` takes a text, and `-r -F` the path of a file. */
function option(command: string, { name, does, takes }: CompletedFlag): string {
  const kind = { nothing: '', text: ' -x', file: ' -r -F' }[takes];
  return `complete -c fledge -n ${quoted(`__fledge_in ${command}`)} -l ${name}${kind} -d ${quoted(does)}`;
}

/** In single quotes, fish knows the escapes of a quote and a backslash. */
function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
