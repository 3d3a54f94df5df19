import { FledgeError } from '../jobs/values/errors.js';
import { unknownName } from '../jobs/values/did-you-mean.js';
import { printable } from '../jobs/values/printable.js';
import { exit, UsageError, type Command, type Commands, type ExitCode } from './shell/command.js';
import { outputTo, type Output, type Terminal } from './shell/output.js';

/** Runs `fledge <command> …`, or prints help. No text that it writes can control a terminal. */
export async function run(
  args: readonly string[],
  commands: Commands,
  terminal: Terminal,
  complain: (text: string) => void,
): Promise<ExitCode> {
  try {
    return await dispatch(args, commands, outputTo(terminal));
  } catch (thrown) {
    const usage = isUsage(thrown);
    // Only the message is printed. Other fields of an engine's error may hold a password.
    complain(`${printable(`fledge: ${asMessage(thrown)}`)}${usage ? '\nTry: fledge help' : ''}`);
    return usage ? exit.usage : exit.failure;
  }
}

async function dispatch(
  [name = 'help', ...args]: readonly string[],
  commands: Commands,
  output: Output,
): Promise<ExitCode> {
  if (['help', '--help', '-h'].includes(name)) {
    output.print(args[0] === undefined ? await overview(commands) : helpOf(await find(args[0], commands)));
    return exit.ok;
  }
  const command = await find(name, commands);
  if (!args.includes('--help') && !args.includes('-h')) return command.run(args, output);
  output.print(helpOf(command));
  return exit.ok;
}

async function find(name: string, commands: Commands): Promise<Command> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command) return command();
  if (name.startsWith('-')) throw new UsageError(unknownName('option', name, ['--help']));
  throw new UsageError(unknownName('command', name, [...Object.keys(commands), 'help']));
}

const helpOf = ({ help }: Command): string[] => help.split('\n');

async function overview(commands: Commands): Promise<string[]> {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = await Promise.all(
    Object.entries(commands).map(
      async ([name, load]) => `  ${name.padEnd(width)}  ${(await load()).summary}`,
    ),
  );
  return [
    'fledge: background jobs and mail for NestJS',
    '',
    'Usage: fledge <command> [options]',
    '',
    ...lines,
    '',
    'Run fledge help <command> for its arguments and options.',
  ];
}

const usageCodes = [
  'FLEDGE_STORE_URL_INVALID',
  'FLEDGE_STORE_UNSUPPORTED',
  'FLEDGE_OPTION_INVALID',
  'FLEDGE_SETTING_INVALID',
];

/** Returns whether the error is about the command line or a setting, not about the store's content. */
function isUsage(thrown: unknown): boolean {
  return thrown instanceof FledgeError ? usageCodes.includes(thrown.code) : thrown instanceof UsageError;
}

function asMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
