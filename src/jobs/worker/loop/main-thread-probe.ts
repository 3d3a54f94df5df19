import type { Debugger, Session } from 'node:inspector';
import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runningJobs, type BlockedJob, type Culprit } from '../../observe/words/blocked-loop-words.js';

type Frame = Debugger.CallFrame & { readonly url: string };
type Inspector = typeof import('node:inspector');

/** Of this package's `jobs`: an Executor has a `perform` too, and is never to blame. */
const library = new URL('../../', import.meta.url).href;
const evaluationTimeout = 250;

/**
 * Looks, from another thread, into what the main thread is doing. The debugger pauses it, for some ten milliseconds or,
 * since it names every script first, a few hundred in a very large application. In the midst of native code the pause
 * lands when that returns to JavaScript, which may be never: nobody waits for it.
 */
export class MainThreadProbe {
  private readonly session: Session;
  private readonly urls = new Map<string, string>();
  private open = true;

  constructor(
    inspector: Inspector,
    private readonly found: (culprit: Culprit) => void,
  ) {
    this.session = new inspector.Session();
    this.session.connectToMainThread();
    this.session.on('Debugger.scriptParsed', ({ params }) => this.urls.set(params.scriptId, params.url));
    this.session.once('Debugger.paused', ({ params }) => this.look(params.callFrames));
    // In one go: from native code's end to the job's there may be less time than an answer takes.
    this.session.post('Debugger.enable');
    this.session.post('Debugger.pause');
  }

  /** The main thread goes on, whatever it was found in. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    try {
      this.session.post('Debugger.resume');
      this.session.post('Debugger.disable');
    } finally {
      this.session.disconnect();
    }
  }

  private look(callFrames: readonly Debugger.CallFrame[]): void {
    const frames = callFrames.map((frame) => ({
      ...frame,
      url: this.urls.get(frame.location.scriptId) ?? '',
    }));
    const users = frames.filter(({ url }) => isUserCode(url));
    const perform = users.find(({ functionName }) => functionName === 'perform');
    const frame = perform ?? frames[0];
    if (!frame) return this.close();
    const evaluation = {
      callFrameId: frame.callFrameId,
      // A job's second argument is its context, which tells two jobs of one class apart.
      expression: `[globalThis[Symbol.for(${JSON.stringify(runningJobs.description)})]?.(), (() => { try { return String(arguments[1].id) } catch {} })()]`,
      returnByValue: true,
      silent: true,
      timeout: evaluationTimeout,
    };
    this.session.post('Debugger.evaluateOnCallFrame', evaluation, (_error, answer) => {
      try {
        const { result } = (answer ?? {}) as Partial<Debugger.EvaluateOnCallFrameReturnType>;
        const value: unknown = result?.value;
        const [json, id] = (Array.isArray(value) ? value : []) as [string?, string?];
        // No code but Node's and ours: the block has just ended, and so may have the job.
        const running = json && users.length > 0 ? (JSON.parse(json) as BlockedJob[]) : undefined;
        this.found({ jobs: running && suspects(running, users, id), where: whereabouts(users) });
      } finally {
        this.close();
      }
    });
  }
}

/** Those that it must be, if the stack tells; otherwise all that it can be. */
function suspects(
  running: readonly BlockedJob[],
  users: readonly Frame[],
  id: string | undefined,
): readonly BlockedJob[] {
  const exactly = running.filter((job) => job.id === id);
  if (exactly.length > 0) return exactly;
  // After an await in one of the job's other methods `perform` is not on the stack, but its object is.
  const classes = new Set(users.map((frame) => frame.this.className));
  const ofClass = running.filter(({ name }) => classes.has(name));
  return ofClass.length > 0 ? ofClass : running;
}

/** The innermost function of the application's own, or else of a package. */
function whereabouts(users: readonly Frame[]): string | undefined {
  const frame = users.find(({ url }) => !url.includes('/node_modules/')) ?? users[0];
  if (!frame) return undefined;
  const { functionName, location } = frame;
  const name = functionName === '' ? '(anonymous)' : functionName;
  const owner = frame.this.className;
  const method =
    owner === undefined || !/^(?!Object$|Function$)[A-Z]/.test(owner) ? name : `${owner}.${name}`;
  return `${method} (${readablePath(frame.url)}:${location.lineNumber + 1})`;
}

function readablePath(url: string): string {
  if (!url.startsWith('file:')) return url;
  const path = fileURLToPath(url);
  const below = relative(process.cwd(), path);
  return below.startsWith('..') || isAbsolute(below) ? path : below;
}

function isUserCode(url: string): boolean {
  return url !== '' && !url.startsWith('node:') && !url.startsWith(library);
}
