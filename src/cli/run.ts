import { FledgeError } from '../jobs/values/errors.js';
import { unknownName } from '../jobs/values/did-you-mean.js';
import {
  commonFlags,
  exit,
  UsageError,
  type Command,
  type Commands,
  type ExitCode,
} from './shell/command.js';
import { readEnvFiles, takeEnvFiles, type CommandEnv } from './shell/env-files.js';
import { helpOf, overview } from './shell/help.js';
import { outputTo, type Complaint, type Output, type Terminal } from './shell/output.js';

const helpWords = ['help', '--help', '-h'];
const versionWords = ['--version', '-v'];

/** Runs `fledge <command> …`, or prints help. No text that it writes can control a terminal. */
export async function run(
  args: readonly string[],
  commands: Commands,
  terminal: Terminal,
): Promise<ExitCode> {
  const output = outputTo(terminal, args.includes('--json'));
  let [name = ''] = args;
  try {
    const { args: words, files } = takeEnvFiles(args);
    [name = ''] = words;
    const readEnv = (): Promise<CommandEnv> => readEnvFiles(terminal.env, terminal.folder, files);
    return await dispatch(words, commands, output, readEnv);
  } catch (thrown) {
    const isWrongUsage = isUsage(thrown);
    output.complain({
      ...complaintOf(thrown),
      ...(isWrongUsage && { hint: `Try: fledge help${Object.hasOwn(commands, name) ? ` ${name}` : ''}` }),
    });
    return isWrongUsage ? exit.usage : exit.failure;
  }
}

async function dispatch(
  [word = 'help', ...args]: readonly string[],
  commands: Commands,
  output: Output,
  readEnv: () => Promise<CommandEnv>,
): Promise<ExitCode> {
  if (helpWords.includes(word)) {
    const [name] = args.filter((arg) => arg !== '--json');
    const { width } = output;
    output.print(
      name === undefined ? await overview(commands, width) : helpOf(await find(name, commands), width),
    );
    return exit.ok;
  }
  const command = await find(versionWords.includes(word) ? 'version' : word, commands);
  if (args[0] === 'help' || args.includes('--help') || args.includes('-h')) {
    output.print(helpOf(command, output.width));
    return exit.ok;
  }
  const variables = await readEnv();
  return command.run(args, { ...output, env: variables.env, variables });
}

async function find(name: string, commands: Commands): Promise<Command> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load) return load();
  if (name.startsWith('-')) throw new UsageError(wrongOption(name));
  throw new UsageError(unknownName('command', name, [...Object.keys(commands), 'help']));
}

/** @param option stands where the command should stand */
function wrongOption(option: string): string {
  const [flag = ''] = option.slice(2).split('=');
  if (option.startsWith('--') && Object.hasOwn(commonFlags, flag))
    return `The command is missing before --${flag}. Write the command first, as in fledge ps --${flag}.`;
  return unknownName('option', option, ['--help', '--version']);
}

const usageCodes = [
  'FLEDGE_CONFIG_FILE',
  'FLEDGE_SETTING_UNKNOWN',
  'FLEDGE_STORE_URL_INVALID',
  'FLEDGE_STORE_UNSUPPORTED',
  'FLEDGE_OPTION_INVALID',
  'FLEDGE_SETTING_INVALID',
];

/** Returns whether the error is about the command line or a setting, not about the store's content. */
function isUsage(thrown: unknown): boolean {
  return thrown instanceof FledgeError ? usageCodes.includes(thrown.code) : thrown instanceof UsageError;
}

/** Only code and message are printed. Other fields of an engine's error may hold a password. */
function complaintOf(thrown: unknown): Complaint {
  if (thrown instanceof FledgeError || thrown instanceof UsageError)
    return { code: thrown.code, message: thrown.message };
  return { message: thrown instanceof Error ? thrown.message : String(thrown) };
}
