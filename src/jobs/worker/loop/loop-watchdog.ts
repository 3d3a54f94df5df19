import { writeSync } from 'node:fs';
import { workerData, type MessagePort } from 'node:worker_threads';
import { printableJson, printableLines } from '../../values/printable.js';
import { describeStandstill, type Culprit } from '../../observe/words/blocked-loop-words.js';
import { LoopClock } from './loop-clock.js';
import { MainThreadProbe } from './main-thread-probe.js';

/** The data that `LoopWatch` passes to this thread. Times are in milliseconds. */
export interface WatchdogData {
  readonly memory: SharedArrayBuffer;
  readonly findings: MessagePort;
  /** The time between two beats of the main thread, and between two checks of this thread. */
  readonly every: number;
  readonly threshold: number;
  readonly lockDuration: number;
  readonly format: 'text' | 'json';
}

/** The jobs that may have blocked the loop after this beat. */
export interface Finding extends Culprit {
  readonly beat: number;
}

const { memory, findings, every, threshold, lockDuration, format }: WatchdogData = workerData;
const clock = new LoopClock(memory);
// Node can be built without the inspector.
const inspector = await import('node:inspector').catch(() => undefined);
const warnAfter = lockDuration / 3;
/** Earlier than the threshold, because a block that is just as long would be over before the debugger is connected. */
const lookAfter = 0.75 * Math.min(threshold, warnAfter);

let beat = clock.beats;
let lookedAt = performance.now();
let blockedFor = 0;
let probe: MainThreadProbe | undefined;
let looked = false;
let warned = false;
let culprit: Culprit = {};

// This runs in a separate thread, because the main thread cannot report anything while it is blocked.
setInterval(() => {
  const now = performance.now();
  // After a longer pause the whole process was stopped, or the machine slept.
  const awake = Math.min(Math.round(now - lookedAt), 2 * every);
  lookedAt = now;
  clock.passAwake(awake);
  if (clock.beats !== beat) return turned();
  blockedFor += awake;
  if (!looked && blockedFor >= lookAfter) look();
  if (!warned && blockedFor >= warnAfter) warn();
}, every);

function turned(): void {
  beat = clock.beats;
  blockedFor = 0;
  looked = false;
  warned = false;
  culprit = {};
  probe?.close();
  probe = undefined;
}

function look(): void {
  looked = true;
  if (!inspector || clock.debugged) return;
  const finding = (found: Culprit): void => {
    culprit = found;
    findings.postMessage({ beat, ...found } satisfies Finding);
  };
  try {
    probe = new MainThreadProbe(inspector, finding);
  } catch {
    // The debugger is not allowed here, so the warning names no job.
  }
}

function warn(): void {
  warned = true;
  try {
    // Not through console, which a worker thread writes by way of the blocked main thread.
    writeSync(2, `${line(describeStandstill(blockedFor, lockDuration, culprit))}\n`);
  } catch {
    // stderr is closed.
  }
}

/** Formats a line as Nest's ConsoleLogger does. */
function line(message: string): string {
  const { pid } = process;
  const context = 'Jobs';
  const timestamp = Date.now();
  if (format === 'json') return printableJson({ level: 'warn', pid, timestamp, message, context });
  const time = new Date(timestamp).toLocaleString(undefined, {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return `[Nest] ${pid}  - ${time}    WARN [${context}] ${printableLines(message)}`;
}
