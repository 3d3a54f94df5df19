import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { JobEvent } from '../../src/jobs/events/events.js';
import { until } from '../support/until.js';

type Blocked = Extract<JobEvent, { type: 'loop-blocked' }>;

const fixture = fileURLToPath(new URL('../fixtures/blocked-loop.mjs', import.meta.url));
const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const standstill = 'The event loop has been blocked for';

interface Watched {
  /** The output so far, with both streams in the order in which they were written. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<number | null>;
}

/**
 * Starts a worker whose job blocks the event loop as `kind` describes. The block lasts long enough for the watchdog to
 * connect its debugger on a busy machine. It does not count the time for which it does not run itself. Both streams use one pipe, which keeps their
 * order.
 */
function start(kind: string, ms = 0, env: Record<string, string> = {}, flags: string[] = []): Watched {
  const command = 'exec "$0" "$@" 2>&1';
  const child = spawn('sh', ['-c', command, process.execPath, ...flags, fixture, kind, String(ms)], {
    env: { PATH: process.env.PATH, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { output: () => output, kill: (signal) => child.kill(signal), ended };
}

async function finished(watched: Watched): Promise<{ output: string; events: Blocked[] }> {
  expect(await watched.ended, watched.output()).toBe(0);
  const lines = watched.output().split('\n');
  const events = lines
    .filter((line) => line.startsWith('event '))
    .map((line) => JSON.parse(line.slice('event '.length)) as Blocked);
  return { output: watched.output(), events };
}

describe('a blocked event loop', () => {
  it('is reported by the watchdog while it lasts and before the lock expires, and by an event afterwards', async () => {
    const { output, events } = await finished(start('BusyJob', 7_000, { LOCK: '9000' }));
    expect(output).toMatch(
      /\[Nest\] \d+ {2}- .* WARN \[Jobs\] The event loop has been blocked for 3(\.\d)? s by BusyJob BusyJob-1, in burn \(.*blocked-loop\.mjs:\d+\), and still is\. .*9 s.*\[FLEDGE_LOOP_BLOCKED\]/,
    );
    const order = [standstill, 'BusyJob-1 unblocked', 'The event loop was blocked for ', '\nevent {'];
    const places = order.map((part) => output.indexOf(part));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(output.split(standstill)).toHaveLength(2);
    expect(events).toEqual([
      {
        type: 'loop-blocked',
        duration: expect.toSatisfy((ms: number) => ms >= 3_000) as number,
        jobs: [{ id: 'BusyJob-1', name: 'BusyJob' }],
        where: expect.stringContaining('burn (') as string,
        count: 1,
        lockDuration: 9_000,
      },
    ]);
  });

  it('is reported as JSON if the log is JSON', async () => {
    const { output } = await finished(start('BusyJob', 7_000, { FORMAT: 'json', LOCK: '9000' }));
    const line = output.split('\n').find((candidate) => candidate.includes(standstill));
    expect(JSON.parse(line!)).toEqual({
      level: 'warn',
      pid: expect.any(Number) as number,
      timestamp: expect.any(Number) as number,
      message: expect.stringContaining('by BusyJob BusyJob-1, in burn') as string,
      context: 'Jobs',
    });
  });

  it('is reported only afterwards if it was short, with the id of the job that blocked it', async () => {
    const { output, events } = await finished(start('BusyJob', 3_000, { TWIN: '1' }));
    expect(output).not.toContain(standstill);
    expect(events).toMatchObject([{ jobs: [{ id: 'BusyJob-1' }] }]);
    expect(events[0]!.duration).toBeGreaterThanOrEqual(1_000);
  });

  it('is reported with its place and all running jobs if the stack does not show the job', async () => {
    const { events } = await finished(start('RenamedJob', 3_000));
    expect(events).toHaveLength(1);
    expect(events[0]!.jobs!.map(({ name }) => name).sort()).toEqual(['OtherJob', 'billing.charge']);
    expect(events[0]!.where).toContain('burn');
  });

  it('in native code is reported as soon as that code returns', async () => {
    const { events } = await finished(start('ShellJob', 4_000));
    expect(events).toMatchObject([
      { jobs: [{ id: 'ShellJob-1' }], where: expect.stringContaining('ShellJob.perform') as string },
    ]);
  });

  it('names no job if none was running', async () => {
    const { output, events } = await finished(start('no-job', 3_000));
    expect(events).toMatchObject([{ jobs: [], where: expect.stringContaining('burn') as string }]);
    expect(output).toContain('while no job was running');
  });

  it('is reported with all running jobs and no place if the watchdog’s file is missing, as in a bundle', async () => {
    const copy = await mkdtemp(join(dist, 'without-watchdog-'));
    onTestFinished(() => rm(copy, { recursive: true }));
    await cp(join(dist, 'jobs'), join(copy, 'jobs'), { recursive: true });
    await rm(join(copy, 'jobs/worker/loop/loop-watchdog.js'));
    const { events } = await finished(start('BusyJob', 1_500, { DIST: `${pathToFileURL(copy).href}/` }));
    expect(events).toHaveLength(1);
    expect(events[0]!.jobs!.map(({ name }) => name).sort()).toEqual(['BusyJob', 'OtherJob']);
    expect(events[0]!.where).toBeUndefined();
  });

  it('is reported without the watchdog while a debugger is attached', async () => {
    const { events } = await finished(start('BusyJob', 1_500, {}, ['--inspect=127.0.0.1:0']));
    expect(events).toHaveLength(1);
    expect(events[0]!.jobs).toHaveLength(2);
    expect(events[0]!.where).toBeUndefined();
  });
});

describe('an event loop that was not blocked', () => {
  it('is not reported after the whole process was stopped for a while', async () => {
    const watched = start('stopped');
    await until('it runs', () => watched.output().includes('ready'));
    watched.kill('SIGSTOP');
    const stoppedAt = Date.now();
    await until('twice the reporting threshold has passed', () => Date.now() > stoppedAt + 2_000);
    watched.kill('SIGCONT');
    const { output, events } = await finished(watched);
    expect(events).toEqual([]);
    expect(output).not.toContain('FLEDGE_LOOP_BLOCKED');
  });

  it.each<Record<string, string>>([{}, { UNSTOPPED: '1' }])(
    'is not reported, and the process exits by itself: %o',
    async (env) => {
      const { output, events } = await finished(start('quiet', 0, env));
      expect(events).toEqual([]);
      expect(output).toMatch(/performed in .*\nend\n$/);
    },
  );
});
