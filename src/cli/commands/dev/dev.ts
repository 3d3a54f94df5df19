import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commonFlags, exit, UsageError, type Command } from '../../shell/command.js';
import { withNextPort } from './inspect-port.js';
import { Pair } from './pair.js';

const spec = {
  name: 'dev',
  summary: 'runs the web process and a worker together, in development',
  usages: ['<file> [argument …]'],
  about: [
    'Runs two processes: the file, and the worker next to it. The Nest CLI starts this command after each build: nest start --watch --exec "fledge dev". After a change it ends the command and starts it again.',
    'Each line of their output begins with web or worker. If one of them fails, the other one goes on. Ctrl-C and SIGTERM end both, as does the end of the Nest CLI. The worker stops as it does in production.',
  ],
  words: {
    file: "the compiled entrypoint of the web process, after Node's own options, such as --enable-source-maps dist/main",
    argument: 'an argument for the web process',
  },
  flags: {
    worker: {
      type: 'string',
      value: 'file',
      help: 'the compiled entrypoint of the worker. Pass it first. Default: main-worker in the folder of the web process',
    },
    help: commonFlags.help,
  },
  exits: '0 both processes ended without an error, 1 one of them failed',
} as const;

export const dev: Command = {
  ...spec,
  async run(args, output) {
    const { nodeFlags, file, rest, worker } = readLine(args);
    requireFile(file);
    const pair = new Pair((text) => output.print(text));
    pair.start('web', [...nodeFlags, file, ...rest]);
    if (isFile(worker)) pair.start('worker', [...withNextPort(nodeFlags), worker]);
    else
      output.print(
        `There is no ${worker.replace(/\.js$/, '')}.js, so no worker was started. Make sure that the build compiles the worker's entrypoint, or pass --worker.`,
      );
    return (await pair.ended()) ? exit.ok : exit.failure;
  },
};

interface CommandLine {
  /** Options of Node, which the Nest CLI puts before the file. */
  readonly nodeFlags: readonly string[];
  readonly file: string;
  readonly rest: readonly string[];
  readonly worker: string;
}

/** @throws UsageError */
function readLine(args: readonly string[]): CommandLine {
  const [first = '', second = ''] = args;
  const worker = first === '--worker' ? second : first.startsWith('--worker=') ? first.slice(9) : undefined;
  if (worker === '')
    throw new UsageError('--worker is empty. Pass the file of the worker, or remove the option.');
  const line = args.slice(worker === undefined ? 0 : first === '--worker' ? 2 : 1);
  const at = line.findIndex((word) => !word.startsWith('-'));
  const file = line[at];
  if (file === undefined)
    throw new UsageError(
      'Missing argument: the file of the web process. The Nest CLI adds it: nest start --watch --exec "fledge dev".',
    );
  return {
    nodeFlags: line.slice(0, at),
    file,
    rest: line.slice(at + 1),
    worker: worker ?? join(dirname(file), 'main-worker'),
  };
}

/** Node accepts a file without `.js`, and the Nest CLI passes it so. */
function isFile(path: string): boolean {
  return [path, `${path}.js`].some((one) => {
    try {
      return statSync(one).isFile();
    } catch {
      return false;
    }
  });
}

/** @throws UsageError */
function requireFile(file: string): void {
  if (isFile(file)) return;
  throw new UsageError(
    'The file of the web process does not exist. Build the application first, or correct the path.',
  );
}
