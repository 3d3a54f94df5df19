import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';

/** One line of Nest's log, taken apart. */
export interface LogLine {
  readonly level: string;
  readonly context: string;
  readonly message: string;
}

/** The built entrypoint. */
export function entryOf(role: 'web' | 'worker'): string {
  return fileURLToPath(new URL(`../../dist/${role === 'web' ? 'main' : 'main-worker'}.js`, import.meta.url));
}

/** One of the application's entrypoints as a process of its own; emits `line` for each line that it logs. */
export class AppProcess extends EventEmitter<{ line: [LogLine]; exit: [number | null] }> {
  readonly lines: string[] = [];
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | null>;

  constructor(
    readonly role: 'web' | 'worker',
    env: NodeJS.ProcessEnv,
    /** What node runs, and its arguments. */
    command: readonly string[] = [entryOf(role)],
  ) {
    super();
    this.child = spawn(process.execPath, command, {
      env: { ...env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) this.read(stream);
    this.ended = new Promise((resolve) => this.child.on('exit', resolve));
    void this.ended.then((code) => this.emit('exit', code));
  }

  get pid(): number {
    return this.child.pid!;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** @returns the exit code, null when it was killed */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return this.ended;
  }

  /** Resolves with the first line, past or future, that matches; rejects when the process ends or time is up. */
  async waitFor(pattern: RegExp, timeout = 30_000): Promise<string> {
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
        const line = this.lines.at(-1)!;
        if (!pattern.test(line)) return;
        settle();
        resolve(line);
      };
      const onExit = (code: number | null): void => fail(`ended with ${code}`);
      const timer = setTimeout(() => fail(`ran ${timeout} ms`), timeout);
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
      rest = lines.pop()!;
      for (const line of lines) this.take(line);
    });
  }

  private take(line: string): void {
    this.lines.push(line);
    this.emit('line', takeApart(line));
  }
}

function takeApart(line: string): LogLine {
  const [head, level = ''] = / (LOG|WARN|ERROR|DEBUG|VERBOSE|FATAL) /.exec(line) ?? [];
  if (head === undefined || !line.startsWith('[Nest] ')) return { level: '', context: '', message: line };
  const said = line.slice(line.indexOf(head) + head.length).replace(/ \+\d+ms$/, '');
  const [bracketed = '', context = ''] = /^\[([^\]]+)\] /.exec(said) ?? [];
  return { level, context, message: said.slice(bracketed.length) };
}
