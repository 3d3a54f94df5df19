import { execFile, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify, stripVTControlCharacters } from 'node:util';
import { onTestFinished } from 'vitest';
import { until } from './until.js';

const run = promisify(execFile);
const entry = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface PseudoTerminal {
  /** All output of the terminal so far. */
  readonly output: () => string;
  /** The lines of the last complete drawing, without colours. */
  lines(): string[];
  /** Waits until the output since the start has a match. */
  readonly printed: (pattern: RegExp) => Promise<RegExpMatchArray>;
  /** Waits until one drawing has a match. */
  shows(pattern: RegExp): Promise<string[]>;
  type(keys: string): void;
  resize(columns: number, rows: number): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Resolves once the shell in the terminal has ended. */
  readonly ended: Promise<void>;
}

/**
 * Runs the built `fledge` in a terminal of 80 columns and 24 rows, with `script` of util-linux. Afterwards the shell in the terminal
 * prints `code=<exit code>` and the settings of the terminal.
 */
export async function pseudoTerminal(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  { hasJobControl = false, hasKeyboard = true } = {},
): Promise<PseudoTerminal> {
  const quoted = [process.execPath, entry, ...args]
    .map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
    .join(' ');
  const inner = `sh -c 'echo "pid=$$"; exec "$@"${hasKeyboard ? '' : ' </dev/null'}' sh ${quoted}`;
  const shell = [
    'stty cols 80 rows 24',
    'echo "tty=$(tty)"',
    ...(hasJobControl ? ['set -m', inner, 'echo "stopped=$?"', 'fg'] : [inner]),
    'echo "code=$?"',
    'stty -a',
    'echo over',
  ].join('; ');
  if (spawnSync('script', ['--version']).status !== 0)
    throw new Error('This test needs script of util-linux. Debian has it in the package bsdutils.');
  const child = spawn('script', ['-qfec', shell, '/dev/null'], {
    env: { PATH: process.env.PATH, TERM: 'xterm', SHELL: '/bin/sh', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const waiting = <Seen>(
    what: string,
    look: () => Seen | false,
  ): Promise<NonNullable<Exclude<Seen, false>>> =>
    until(what, look).catch((thrown: Error) => {
      throw new Error(`${thrown.message}. The end of its output is ${JSON.stringify(output.slice(-3_000))}`);
    });
  const match = (pattern: RegExp): RegExpMatchArray | null => pattern.exec(output);
  const printed = (pattern: RegExp): Promise<RegExpMatchArray> =>
    waiting(`the terminal has ${pattern}`, () => match(pattern) ?? false);
  const [, tty = ''] = await printed(/tty=(\S+)/);
  const [, pid = ''] = await printed(/pid=(\d+)/);
  return {
    output: () => output,
    lines: () => lastDrawing(output),
    printed,
    shows: (pattern) =>
      waiting(`the terminal shows ${pattern}`, () => {
        const lines = lastDrawing(output);
        return pattern.test(lines.join('\n')) && lines;
      }),
    type: (keys) => void child.stdin.write(keys),
    resize: async (columns, rows) =>
      void (await run('stty', ['-F', tty, 'cols', String(columns), 'rows', String(rows)])),
    signal: (name) => void process.kill(Number(pid), name),
    ended,
  };
}

/** A drawing begins at the top left corner, and ends with clearing the rest of the screen. */
function lastDrawing(output: string): string[] {
  const end = output.lastIndexOf('\u001b[J');
  const start = output.lastIndexOf('\u001b[H', end);
  if (end === -1 || start === -1) return [];
  return (
    output
      .slice(start + '\u001b[H'.length, end)
      // The terminal itself adds a carriage return to each line break.
      .split(/\r*\n/)
      .map((line) => stripVTControlCharacters(line))
  );
}
