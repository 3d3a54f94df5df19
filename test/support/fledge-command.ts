import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { commands } from '../../src/cli/commands.js';
import { run } from '../../src/cli/run.js';

const entry = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Runs the built `fledge` in its own process. */
export async function fledge(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [entry, ...args], { env: { PATH: process.env.PATH, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output: output.trim() };
}

/**
 * Runs `fledge` in this process, because a new one takes most of a second. Usage errors are part of the output unless
 * `complaints` is passed.
 */
export async function fledgeHere(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  complaints?: string[],
): Promise<{ readonly code: number; readonly output: string }> {
  const lines: string[] = [];
  const out = (text: string): number => lines.push(text);
  const complain = (text: string): number => (complaints ?? lines).push(text);
  const code = await run(args, commands, { env, out, width: undefined, colours: false }, complain);
  return { code, output: lines.join('\n') };
}
