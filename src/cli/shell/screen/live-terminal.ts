import type { LiveTerminal, Size, TerminalListener } from '../output.js';

/** The part of `process` that a live terminal uses. */
export type TerminalProcess = Pick<
  NodeJS.Process,
  'env' | 'pid' | 'kill' | 'on' | 'removeListener' | 'stdin' | 'stdout'
>;

/** The size of a terminal that does not report it. */
const usual: Size = { width: 80, height: 24 };

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * Returns the terminal of a process. Returns undefined if the output goes elsewhere, or if the terminal can only print lines.
 * @param write writes text to the terminal unchanged
 */
export function liveTerminal(
  process: TerminalProcess,
  write: (text: string) => void,
): LiveTerminal | undefined {
  if (!process.stdout.isTTY || process.env.TERM === 'dumb') return undefined;
  return {
    write,
    size: () => ({
      width: process.stdout.columns || usual.width,
      height: process.stdout.rows || usual.height,
    }),
    // Read when it is needed, because reading it opens the standard input.
    get hasKeys() {
      return process.stdin.isTTY === true;
    },
    listen: (listener) => listen(process, listener),
    suspend: () => suspend(process),
  };
}

function suspend(process: TerminalProcess): void {
  const { stdin, pid } = process;
  if (stdin.isTTY) stdin.setRawMode(false);
  process.kill(pid, 'SIGTSTP');
  // Without a shell that could continue it, the process is not suspended, and has to take the terminal back.
  setImmediate(() => process.kill(pid, 'SIGCONT'));
}

function listen(process: TerminalProcess, listener: TerminalListener): () => void {
  const { stdin, stdout } = process;
  const key = (chunk: Buffer | string): void => listener.key(String(chunk));
  const resized = (): void => listener.resized();
  const continued = (): void => {
    readKeys(stdin, key);
    listener.continued();
  };
  const ending = (): void => listener.ending();
  const crashing = (): void => listener.crashing();
  for (const signal of endings) process.on(signal, ending);
  process.on('SIGCONT', continued);
  // Runs before Node prints the error, so that the error appears on the usual screen.
  process.on('uncaughtExceptionMonitor', crashing);
  process.on('exit', crashing);
  stdout.on('resize', resized);
  stdin.on('end', ending);
  // The terminal may be gone. These listeners stay, because restoring it then fails too.
  stdin.on('error', ending);
  stdout.on('error', ending);
  readKeys(stdin, key);
  return () => {
    for (const signal of endings) process.removeListener(signal, ending);
    process.removeListener('SIGCONT', continued);
    process.removeListener('uncaughtExceptionMonitor', crashing);
    process.removeListener('exit', crashing);
    stdout.removeListener('resize', resized);
    stdin.removeListener('end', ending);
    stdin.removeListener('data', key);
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
  };
}

/** Keys come one by one, and are not printed. Without a keyboard, only signals end the command. */
function readKeys(stdin: NodeJS.Process['stdin'], key: (chunk: Buffer | string) => void): void {
  if (!stdin.isTTY) return;
  stdin.removeListener('data', key);
  // After a suspension the terminal may have another mode than Node knows of.
  stdin.setRawMode(false);
  stdin.setRawMode(true);
  stdin.on('data', key);
  stdin.resume();
}
