import { FledgeError } from '../jobs/values/errors.js';
import { didYouMean } from '../jobs/values/did-you-mean.js';
import { printable } from '../jobs/values/printable.js';
import { exit, quoted, UsageError, type Command, type Commands, type ExitCode } from './shell/command.js';
import { outputTo, type Output, type Terminal } from './shell/output.js';

/**
 * `fledge <command> …`, and help. Nothing that reaches `terminal` or `complain` commands a terminal.
 */
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
    // The message alone: what else an engine's error carries may hold a password.
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
  const what = name.startsWith('-') ? 'option' : 'command';
  throw new UsageError(
    `Unknown ${what}${quoted(name)}.${didYouMean(name, [...Object.keys(commands), 'help'])}`,
  );
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
    'fledge help <command> tells more about one.',
  ];
}

const usageCodes = [
  'FLEDGE_STORE_URL_INVALID',
  'FLEDGE_STORE_UNSUPPORTED',
  'FLEDGE_OPTION_INVALID',
  'FLEDGE_SETTING_INVALID',
];

/** What was typed, rather than what was found, is wrong. */
function isUsage(thrown: unknown): boolean {
  return thrown instanceof FledgeError ? usageCodes.includes(thrown.code) : thrown instanceof UsageError;
}

function asMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
