import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { commands } from '../../src/cli/commands.js';
import { run } from '../../src/cli/run.js';

const entry = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/**
 * Runs the built `fledge` in its own process.
 * @param cwd the working directory. @default the repository
 */
export async function fledge(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd?: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [entry, ...args], { cwd, env: { PATH: process.env.PATH, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output: output.trim() };
}

interface Here {
  readonly env?: NodeJS.ProcessEnv;
  /** The terminal's width. Undefined for a file or a pipe. */
  readonly width?: number | undefined;
  readonly colours?: boolean;
  /** The command's time, in milliseconds since 1970. */
  readonly now?: number;
  /** The standard input. */
  readonly input?: string | Uint8Array;
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `fledge` in this process, on a terminal of this width. */
export async function fledgeOn(
  { env = {}, width, colours = false, now = Date.now(), input = '' }: Here,
  args: readonly string[],
): Promise<Ended> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await run(args, commands, {
    env,
    out: (text) => out.push(text),
    complain: (text) => err.push(text),
    width,
    colours,
    now,
    input: () => Readable.from([input]),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

/** Runs `fledge` in this process, because a new one takes most of a second. Errors are part of the output. */
export async function fledgeHere(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly code: number; readonly output: string }> {
  const { code, out, err } = await fledgeOn({ env }, args);
  return { code, output: [out, err].filter((text) => text !== '').join('\n') };
}
