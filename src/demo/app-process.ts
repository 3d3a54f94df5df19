import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** A parsed line of Nest's log. */
export interface LogLine {
  readonly level: string;
  readonly context: string;
  readonly message: string;
}

/** Returns the path of the built entrypoint. */
export function entryOf(role: 'web' | 'worker'): string {
  return fileURLToPath(new URL(`../../dist/${role === 'web' ? 'main' : 'main-worker'}.js`, import.meta.url));
}

/** A process of one of the application's entrypoints. Emits `line` for each line of its log. */
export class AppProcess extends EventEmitter<{ line: [LogLine]; exit: [number | null] }> {
  readonly lines: string[] = [];
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Resolves with the exit code when the process has ended and all its output is read. Null if a signal ended it. */
  readonly ended: Promise<number | null>;

  constructor(
    readonly role: 'web' | 'worker',
    env: NodeJS.ProcessEnv,
    /** The arguments of node. */
    command: readonly string[] = [entryOf(role)],
  ) {
    super();
    this.child = spawn(process.execPath, command, {
      env: { ...env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) this.read(stream);
    // Node may report the end of a process before its last output, and `close` after it.
    this.ended = new Promise((resolve) => this.child.on('close', resolve));
    void this.ended.then((code) => this.emit('exit', code));
  }

  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined) throw new Error(`The ${this.role} process did not start.`);
    return pid;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** @returns what `ended` resolves with */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return this.ended;
  }

  /** Resolves with the first matching line, past or future. Rejects if the process ends or after the timeout. */
  async waitFor(pattern: RegExp, timeout = 120_000): Promise<string> {
    const seen = this.lines.find((line) => pattern.test(line));
    if (seen !== undefined) return seen;
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        settle();
        reject(
          new Error(
            `The ${this.role} ${why} before it logged ${pattern}. Its last lines:\n${this.lines.slice(-15).join('\n')}`,
          ),
        );
      };
      const onLine = (): void => {
        const line = this.lines.at(-1) ?? '';
        if (!pattern.test(line)) return;
        settle();
        resolve(line);
      };
      const onExit = (code: number | null): void => fail(`process ended with ${code}`);
      const timer = setTimeout(() => fail(`process ran for ${timeout} ms`), timeout);
      const settle = (): void => {
        clearTimeout(timer);
        this.off('line', onLine).off('exit', onExit);
      };
      this.on('line', onLine).on('exit', onExit);
    });
  }

  private read(stream: NodeJS.ReadableStream): void {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.take(line);
    });
  }

  private take(line: string): void {
    this.lines.push(line);
    this.emit('line', parse(line));
  }
}

function parse(line: string): LogLine {
  const [head, level = ''] = / (LOG|WARN|ERROR|DEBUG|VERBOSE|FATAL) /.exec(line) ?? [];
  if (head === undefined || !line.startsWith('[Nest] ')) return { level: '', context: '', message: line };
  const text = line.slice(line.indexOf(head) + head.length).replace(/ \+\d+ms$/, '');
  const [bracketed = '', context = ''] = /^\[([^\]]+)\] /.exec(text) ?? [];
  return { level, context, message: text.slice(bracketed.length) };
}
