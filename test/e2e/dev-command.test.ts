import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fledge } from '../support/fledge-command.js';
import { until } from '../support/until.js';

const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** A process that prints its arguments, and ends with 7 when it gets SIGUSR2. */
const polite = `
process.on('SIGTERM', () => { console.log('stopping'); process.exit(0); });
process.on('SIGUSR2', () => process.exit(7));
setInterval(() => undefined, 1000);
console.log('pid ' + process.pid + ' of', JSON.stringify([process.execArgv, process.argv.slice(2)]));
console.error('an error line');
`;
/** A process that no signal ends, except SIGKILL. */
const deaf = `for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => console.log('got ' + signal));${polite.replace(/process\.on\('SIGTERM'.*\n/, '')}`;

interface Files {
  readonly web?: string;
  /** Null for no file. */
  readonly worker?: string | null;
}

/** The folder of a compiled application. */
function compiled({ web = polite, worker = polite }: Files = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'fledge-dev-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'main.js'), web);
  if (worker !== null) writeFileSync(join(folder, 'main-worker.js'), worker);
  return join(folder, 'main');
}

class Started {
  output = '';
  code: number | null | undefined;
  private readonly pids = new Set<number>();

  constructor(readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => (this.output += String(chunk)));
    child.on('close', (code) => (this.code = code));
    onTestFinished(() => {
      for (const pid of [...this.pids, child.pid]) if (pid && isAlive(pid)) process.kill(pid, 'SIGKILL');
    });
  }

  async has(text: string | RegExp): Promise<void> {
    await until(`the output has ${text}`, () =>
      typeof text === 'string' ? this.output.includes(text) : text.test(this.output),
    );
  }

  /** The process id of the web process or the worker. */
  async pidOf(role: string): Promise<number> {
    const line = new RegExp(`^${role} +│ pid (\\d+) of`, 'm');
    await this.has(line);
    const pid = Number(line.exec(this.output)![1]);
    this.pids.add(pid);
    return pid;
  }

  async ends(): Promise<number | null> {
    await until('it ends', () => this.code !== undefined);
    return this.code!;
  }
}

const start = (...args: string[]): Started =>
  new Started(spawn(process.execPath, [command, 'dev', ...args], { stdio: ['ignore', 'pipe', 'pipe'] }));

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('fledge dev', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'runs web and worker, and ends both at %s',
    async (signal) => {
      const dev = start('--enable-source-maps', compiled(), '--colour', 'red');
      const pids = [await dev.pidOf('web'), await dev.pidOf('worker')];
      expect(dev.output).toMatch(
        /^web {4}│ pid \d+ of \[\["--enable-source-maps"\],\["--colour","red"\]\]$/m,
      );
      expect(dev.output).toMatch(/^worker │ pid \d+ of \[\["--enable-source-maps"\],\[\]\]$/m);
      await dev.has('web    │ an error line');
      await dev.has('worker │ an error line');
      dev.child.kill(signal);
      expect(await dev.ends()).toBe(0);
      expect(dev.output).toContain('web    │ stopping\n');
      expect(dev.output).toContain('worker │ stopping\n');
      expect(pids.filter(isAlive)).toEqual([]);
    },
  );

  it.each([
    ['worker', 'web', 'The worker ended with exit code 7. The web process goes on.'],
    ['web', 'worker', 'The web process ended with exit code 7. The worker goes on.'],
  ])('keeps the other process if the %s fails', async (failing, other, message) => {
    const dev = start(compiled());
    const [failed, left] = [await dev.pidOf(failing), await dev.pidOf(other)];
    process.kill(failed, 'SIGUSR2');
    await dev.has(`${message} It starts again after the next change.`);
    expect([isAlive(left), dev.code]).toEqual([true, undefined]);
    dev.child.kill('SIGTERM');
    expect(await dev.ends()).toBe(1);
    expect(isAlive(left)).toBe(false);
  });

  it.each([
    ['worker', 'web', 'The worker ended. The web process goes on.'],
    ['web', 'worker', 'The web process ended. The worker goes on.'],
  ])(
    'reports that the %s ended without an error, and keeps the other process',
    async (ending, other, message) => {
      const dev = start(compiled());
      const [ended, left] = [await dev.pidOf(ending), await dev.pidOf(other)];
      process.kill(ended, 'SIGTERM');
      await dev.has(`${message} It starts again after the next change.`);
      expect([isAlive(left), dev.code]).toEqual([true, undefined]);
      dev.child.kill('SIGTERM');
      expect(await dev.ends()).toBe(0);
    },
  );

  it('ends with 1 when both have failed, and names the signal that ended one', async () => {
    const dev = start(compiled());
    const [web, worker] = [await dev.pidOf('web'), await dev.pidOf('worker')];
    process.kill(web, 'SIGKILL');
    await dev.has('The web process ended by SIGKILL.');
    process.kill(worker, 'SIGUSR2');
    expect(await dev.ends()).toBe(1);
    expect(dev.output).toContain('The worker ended with exit code 7. It starts again after the next change.');
  });

  it('kills a web process that ignores the first Ctrl-C when it gets another', async () => {
    const dev = start(compiled({ web: deaf }));
    await dev.pidOf('worker');
    const web = await dev.pidOf('web');
    dev.child.kill('SIGINT');
    await dev.has('worker │ stopping');
    await dev.has('web    │ got SIGTERM');
    expect(isAlive(web)).toBe(true);
    await until('it ends', () => {
      dev.child.kill('SIGINT');
      return dev.code !== undefined;
    });
    expect(isAlive(web)).toBe(false);
  });

  it('ends both if the process that started it was killed', async () => {
    const line = `"${process.execPath}" "${command}" dev "${compiled()}" & wait`;
    const dev = new Started(spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'pipe'] }));
    const pids = [await dev.pidOf('web'), await dev.pidOf('worker')];
    dev.child.kill('SIGKILL');
    await until('both have ended', () => !pids.some(isAlive));
  });

  it('runs the web process alone if the build has no worker, and another worker with --worker', async () => {
    const dev = start(compiled({ worker: null }));
    await dev.pidOf('web');
    await dev.has(/There is no .*main-worker\.js, so no worker was started\./);
    dev.child.kill('SIGTERM');
    expect(await dev.ends()).toBe(0);
    const other = start('--worker', compiled(), compiled({ worker: null }));
    await other.pidOf('worker');
    await other.pidOf('web');
    other.child.kill('SIGTERM');
    expect(await other.ends()).toBe(0);
  });

  it('refuses a command line without a file that exists', async () => {
    const none = await fledge(['dev', '--enable-source-maps']);
    expect(none.code).toBe(2);
    expect(none.output).toContain('nest start --watch --exec "fledge dev"');
    const missing = await fledge(['dev', 'dist/nowhere']);
    expect(missing.code).toBe(2);
    expect(missing.output).toContain(
      'The file of the web process does not exist. Build the application first',
    );
    expect((await fledge(['dev', '--worker=', 'dist/main'])).output).toContain('--worker is empty.');
    const help = await fledge(['help', 'dev']);
    expect(help.code).toBe(0);
    expect(help.output).toContain('--worker <file>');
  });
});
