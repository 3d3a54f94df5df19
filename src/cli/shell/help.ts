import { exit, type Command, type Commands } from './command.js';
import type { Line } from './output.js';
import { hang, wrap } from './text.js';

/** In columns. Longer lines are hard to read. */
const widest = 100;

const fitting = (width: number | undefined): number => Math.min(width ?? widest, widest);

/** The text of `fledge help <command>`. */
export function helpOf(command: Command, width: number | undefined): Line[] {
  const { name, usages, about, actions = {}, words = {}, flags, exits } = command;
  const columns = fitting(width);
  const usage = usages.map((words, at) => `${at === 0 ? 'Usage:' : '      '} fledge ${name} ${words}`);
  const options = Object.entries(flags).map(([flag, { value, help }]): [string, string] => [
    `--${flag}${value === undefined ? '' : ` <${value}>`}`,
    help,
  ]);
  const lists = [Object.entries(actions), Object.entries(words), options].filter(({ length }) => length > 0);
  const longest = Math.max(...lists.flat().map(([term]) => term.length));
  return [
    ...usage.map((line, at) => (at === 0 ? `${line} [options]`.replace('  ', ' ') : line)),
    ...about.flatMap((paragraph) => ['', ...wrap(paragraph, columns)]),
    ...lists.flatMap((list) => ['', ...termsOf(list, longest, columns)]),
    '',
    ...wrap(`Exit code: ${exits}, ${exit.usage} wrong usage.`, columns),
  ];
}

/** The text of `fledge help`. */
export async function overview(commands: Commands, width: number | undefined): Promise<Line[]> {
  const loaded = await Promise.all(Object.values(commands).map((load) => load()));
  const list = loaded.map(({ name, summary }): [string, string] => [name, summary]);
  const longest = Math.max(...list.map(([name]) => name.length));
  return [
    'fledge: background jobs and mail for NestJS',
    '',
    'Usage: fledge <command> [options]',
    '',
    ...termsOf(list, longest, fitting(width)),
    '',
    'Run fledge help <command> for its arguments and options.',
  ];
}

function termsOf(list: readonly [string, string][], longest: number, width: number): string[] {
  return list.flatMap(([term, text]) => hang(`  ${term.padEnd(longest)}  `, text, width));
}
