import { currentAttempt } from '../perform/current-attempt.js';
import type { Attempt } from '../store/attempt.js';

/**
 * Two SIGINTs on a terminal within this time are one Ctrl-C, in milliseconds. npm passes the signal on to a process that has
 * already received it from the terminal.
 */
const sameKeyPress = 100;

/** An error that no code caught. */
export interface Crash {
  readonly error: unknown;
  /** The job whose code threw, if that is known. */
  readonly culprit: Attempt | undefined;
  /** A description of the error and its job, for the log. */
  readonly description: string;
}

/** The process that signals and crashes control. */
export interface SignalTarget {
  /** Returns true if the process is already ending, for any reason. */
  isEnding(): boolean;
  stop(signal: NodeJS.Signals): Promise<void>;
  /** SIGINT while the process is ending: end it without waiting for jobs. */
  stopNow(): Promise<void>;
  quiet(): void;
  logRunningJobs(): void;
  crash(crash: Crash): Promise<void>;
}

/** Passes the signals and uncaught errors of this process on to the target. */
export function listenToProcess(target: SignalTarget): void {
  let stopAskedAt = 0;
  const stop = (signal: NodeJS.Signals): void => {
    const isEcho = process.stdin.isTTY && Date.now() - stopAskedAt < sameKeyPress;
    stopAskedAt = Date.now();
    if (!target.isEnding()) void target.stop(signal);
    else if (signal === 'SIGINT' && !isEcho) void target.stopNow();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('uncaughtException', (error, origin) => void target.crash(crashOf(error, origin)));
  // Windows has no job control.
  if (process.platform === 'win32') return;
  process.on('SIGTSTP', () => target.quiet());
  process.on('SIGTTIN', () => target.logRunningJobs());
}

function crashOf(error: unknown, origin: string): Crash {
  const culprit = currentAttempt.getStore();
  const what = origin === 'unhandledRejection' ? 'Unhandled promise rejection' : 'Uncaught exception';
  const where = culprit ? ` in ${culprit.job.name} ${culprit.job.id}` : '';
  return { error, culprit, description: `${what}${where}` };
}
