import { FledgeError } from '../jobs/errors.js';
import { didYouMean } from '../jobs/nearest.js';
import {
  exit,
  quoted,
  UsageError,
  type Command,
  type Commands,
  type ExitCode,
  type Output,
} from './command.js';

/** `fledge <command> …`, and help. */
export async function run(
  args: readonly string[],
  commands: Commands,
  output: Output,
  complain: (text: string) => void,
): Promise<ExitCode> {
  try {
    return await dispatch(args, commands, output);
  } catch (thrown) {
    const usage = isUsage(thrown);
    // The message alone: what else an engine's error carries may hold a password.
    complain(`fledge: ${asMessage(thrown)}${usage ? '\nTry: fledge help' : ''}`);
    return usage ? exit.usage : exit.failure;
  }
}

async function dispatch(
  [name = 'help', ...args]: readonly string[],
  commands: Commands,
  output: Output,
): Promise<ExitCode> {
  if (['help', '--help', '-h'].includes(name)) {
    output.out(args[0] === undefined ? await overview(commands) : (await find(args[0], commands)).help);
    return exit.ok;
  }
  const command = await find(name, commands);
  if (!args.includes('--help') && !args.includes('-h')) return command.run(args, output);
  output.out(command.help);
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

async function overview(commands: Commands): Promise<string> {
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
  ].join('\n');
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
