import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { measure } from '../../shell/terminal.js';

type Role = 'web' | 'worker';

/** The beginning of each line of a process. Both have the same width. */
const labels: Readonly<Record<Role, string>> = { web: 'web    │ ', worker: 'worker │ ' };
/** Terminal codes of the labels' colours. */
const colourOf: Readonly<Record<Role, number>> = { web: 36, worker: 35 };

/**
 * Two signals within this time are one Ctrl-C, in milliseconds. The terminal sends the signal to all processes, and npm and
 * the Nest CLI pass it on.
 */
const sameKeyPress = 500;

/** How long after the end of one process the end of the other one, or a signal, belongs to the same stop, in milliseconds. */
const sameStop = 500;

/** How often to look whether the process that started this one is still there, in milliseconds. */
const lookInterval = 1_000;

/** The web process and the worker. A signal to this process ends both. */
export class Pair {
  private readonly running = new Map<Role, ChildProcess>();
  private readonly events = new EventEmitter();
  private readonly parent = process.ppid;
  private readonly colours = measure(process).colours;
  private stopAskedAt: number | undefined;
  private hasFailed = false;

  /** @param report prints a line about the processes */
  constructor(private readonly report: (text: string) => void) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.stop());
    // If it was killed, no signal comes, and the processes would hold the port and run jobs forever.
    setInterval(() => process.ppid !== this.parent && this.stop(), lookInterval).unref();
  }

  /** @param args the arguments of node */
  start(role: Role, args: readonly string[]): void {
    // The processes write to a pipe, so they don't see the terminal.
    const forced = this.colours && process.env.NO_COLOR === undefined ? { FORCE_COLOR: '1' } : {};
    const terminal = process.stdout.isTTY ? { JOBS_DEV_TERMINAL: '1' } : {};
    const child = spawn(process.execPath, [...args], {
      // Only one process can read the keyboard.
      stdio: [role === 'web' ? 'inherit' : 'ignore', 'pipe', 'pipe'],
      env: { ...forced, ...terminal, ...process.env },
    });
    this.running.set(role, child);
    const label = this.colours ? `\u001b[${colourOf[role]}m${labels[role]}\u001b[39m` : labels[role];
    copyLines(child.stdout, process.stdout, label);
    copyLines(child.stderr, process.stderr, label);
    child.on('error', ({ message }) => this.note(role, `could not be started: ${message}`));
    child.on('exit', (code, signal) => {
      // Ended by a signal to stop: 143 is the exit code of a shell for SIGTERM, and 130 for SIGINT.
      const isStop =
        signal === null ? [0, 130, 143].includes(code ?? 0) : ['SIGINT', 'SIGTERM'].includes(signal);
      this.note(
        role,
        isStop ? undefined : signal === null ? `ended with exit code ${code}` : `ended by ${signal}`,
      );
    });
  }

  /** Resolves when both processes have ended. @returns whether both ended without an error */
  async ended(): Promise<boolean> {
    while (this.running.size > 0) await once(this.events, 'ended');
    return !this.hasFailed;
  }

  private note(role: Role, failure: string | undefined): void {
    this.running.delete(role);
    if (failure !== undefined && this.stopAskedAt === undefined) {
      this.hasFailed = true;
      this.reportEnd(role, failure);
    }
    // Without an error it may be a part of a stop, because the Nest CLI signals all processes, and these may end first.
    if (failure === undefined) setTimeout(() => this.reportAlone(role), sameStop).unref();
    this.events.emit('ended');
  }

  /** Reports the end of a process without an error, unless both were stopped. */
  private reportAlone(role: Role): void {
    if (this.stopAskedAt === undefined && this.running.size > 0) this.reportEnd(role, 'ended');
  }

  private reportEnd(role: Role, how: string): void {
    const [other] = this.running.keys();
    const rest = other === undefined ? '' : ` The ${nameOf(other)} goes on.`;
    this.report(`The ${nameOf(role)} ${how}.${rest} It starts again after the next change.`);
  }

  private stop(): void {
    const isAgain = this.stopAskedAt !== undefined && Date.now() - this.stopAskedAt > sameKeyPress;
    this.stopAskedAt ??= Date.now();
    // On Windows the console has sent the event to the processes too, and a signal would end the worker at once.
    if (process.platform === 'win32') return;
    // A worker has its own time limit, and stops at once when it gets a second SIGINT.
    for (const [role, child] of this.running)
      child.kill(!isAgain ? 'SIGTERM' : role === 'web' ? 'SIGKILL' : 'SIGINT');
  }
}

const nameOf = (role: Role): string => (role === 'web' ? 'web process' : 'worker');

/** Copies lines unchanged, because they are the application's own output, with its colours. */
function copyLines(from: Readable | null, to: Writable, label: string): void {
  if (!from) return;
  createInterface({ input: from, crlfDelay: Infinity }).on('line', (line) => to.write(`${label}${line}\n`));
}
