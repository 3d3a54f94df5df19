import { AsyncLocalStorage } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const startedAt = Date.now();
const label = new AsyncLocalStorage();

/** Runs the work. Everything that it says has this label, because several applications are checked at the same time. */
export const labelled = (name, work) => label.run(name, work);

export function say(text) {
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6);
  const name = label.getStore();
  console.log(`${seconds}s  ${name ? `${name}: ` : ''}${text}`);
}

/** @param details for the error, if it is not so */
export function check(ok, what, details = '') {
  if (!ok) throw new Error(`not so: ${what}\n${details}`);
  say(`ok: ${what}`);
}

/** Only the environment variables that a shell has, so no NODE_ENV, VITEST or JOBS_URL. */
export const environment = {
  PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
  HOME: process.env.HOME,
  // Behind a proxy with its own certificate, npm cannot install without this variable.
  ...(process.env.NODE_EXTRA_CA_CERTS ? { NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS } : {}),
  NO_COLOR: '1',
  CI: 'true',
};

/**
 * Runs a command to its end, or stops it after 10 minutes.
 * @returns its output; throws an error with the output unless the exit code is 0
 */
export function run(cwd, command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...environment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 600_000,
    });
    let all = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (all += chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve(stripVTControlCharacters(all))
        : reject(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${all.slice(-6_000)}`)),
    );
  });
}

/** Starts a process of the application, which is stopped at the end of the check. */
export function start(cwd, args, env) {
  const child = spawn(process.execPath, args, { cwd, env: { ...environment, ...env } });
  const one = { log: '', code: undefined, child };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (one.log += chunk));
  child.on('exit', (code) => (one.code = code));
  return one;
}

export async function until(what, look, one, timeout = 60_000) {
  const deadline = Date.now() + timeout;
  while (!look()) {
    if (Date.now() > deadline || one.code !== undefined)
      throw new Error(`${what}: in vain; ended with ${one.code}; its log:\n${one.log.slice(-6_000)}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}
