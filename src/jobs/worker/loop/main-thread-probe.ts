import type { Debugger, Session } from 'node:inspector';
import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isObject, isText } from '../../values/readers.js';
import { runningJobs, type BlockedJob, type Culprit } from '../../observe/words/blocked-loop-words.js';

type Frame = Debugger.CallFrame & { readonly url: string };
type Inspector = typeof import('node:inspector');

/** The folder of this package's `jobs`. Its own code, such as `perform` of an Executor, is never the cause of a block. */
const library = new URL('../../', import.meta.url).href;
const evaluationTimeout = 250;

/**
 * Finds out from another thread which code the main thread is running. The debugger pauses the main thread for about ten
 * milliseconds. In a very large application it takes a few hundred, because the debugger lists every script first. During
 * native code the pause begins when that code returns to JavaScript. This may never happen, so no code waits for the result.
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
    // Both at once: when native code returns, the job may end before the first call would be answered.
    this.session.post('Debugger.enable');
    this.session.post('Debugger.pause');
  }

  /** Resumes the main thread. */
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
      // A job's second argument is its context. Its id distinguishes two jobs of the same class.
      expression: `[globalThis[Symbol.for(${JSON.stringify(runningJobs.description)})]?.(), (() => { try { return String(arguments[1].id) } catch {} })()]`,
      returnByValue: true,
      silent: true,
      timeout: evaluationTimeout,
    };
    this.session.post('Debugger.evaluateOnCallFrame', evaluation, (_error, answer) => {
      try {
        const [json, id] = textsIn(answer);
        // If the stack has only code of Node and Fledge, the block has just ended, and perhaps the job too.
        const running: BlockedJob[] | undefined = json && users.length > 0 ? JSON.parse(json) : undefined;
        this.found({ jobs: running && candidates(running, users, id), where: innermostFunction(users) });
      } finally {
        this.close();
      }
    });
  }
}

/** Returns the list that an expression returned to the debugger. An item that is not a text is undefined. */
function textsIn(answer: unknown): readonly (string | undefined)[] {
  const result = isObject(answer) ? answer.result : undefined;
  const list = isObject(result) ? result.value : undefined;
  return Array.isArray(list) ? list.map((one: unknown) => (isText(one) ? one : undefined)) : [];
}

/** Returns the jobs that the stack points to, or else all running jobs. */
function candidates(
  running: readonly BlockedJob[],
  users: readonly Frame[],
  id: string | undefined,
): readonly BlockedJob[] {
  const exactly = running.filter((job) => job.id === id);
  if (exactly.length > 0) return exactly;
  // After an await in another method of the job, `perform` is not on the stack, but the job's object is.
  const classes = new Set(users.map((frame) => frame.this.className));
  const ofClass = running.filter(({ name }) => classes.has(name));
  return ofClass.length > 0 ? ofClass : running;
}

/** Returns the innermost function of the application, or else of a package. */
function innermostFunction(users: readonly Frame[]): string | undefined {
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
