import { describe, expect, inject, it } from 'vitest';
import { widthOf } from '../../src/cli/shell/text.js';
import { fledge } from '../support/fledge-command.js';
import { jobsApp, privateUrl } from '../support/jobs-app.js';
import { pseudoTerminal, type PseudoTerminal } from '../support/pseudo-terminal.js';
import { ownRedis } from '../support/redis-server.js';
import { NoteJob, PatientJob, ImportCustomersFromCsvJob } from '../support/busy-store.js';

const otherScreen = '\u001b[?1049h';
const usualScreen = '\u001b[?1049l';
const cursor = '\u001b[?25h';

/** A store with a waiting job, which no worker takes. */
async function quietStore(url = privateUrl(inject('redisUrl'))) {
  const app = await jobsApp({ url, queues: { default: { concurrency: 1 } } }, [
    NoteJob,
    PatientJob,
    ImportCustomersFromCsvJob,
  ]);
  await app.jobs.enqueue(NoteJob, { note: 'first' });
  return { ...app, url };
}

const watching = (url: string, env: NodeJS.ProcessEnv = {}): Promise<PseudoTerminal> =>
  pseudoTerminal(['watch', '--every', '200ms', url], env);

/** Makes sure that the terminal is as before, and that nothing was drawn after its usual screen came back. */
async function requireRestored({ printed, output, ended }: PseudoTerminal, expected: number): Promise<void> {
  const [, code] = await printed(/code=(\d+)/);
  expect(Number(code)).toBe(expected);
  await printed(/\bover\b/);
  await ended;
  const text = output();
  const after = text.slice(text.lastIndexOf(usualScreen));
  expect(text.split(otherScreen).length).toBe(text.split(usualScreen).length);
  expect(text.lastIndexOf(cursor)).toBeGreaterThan(text.lastIndexOf('\u001b[?25l'));
  expect(after).not.toContain('\u001b[H');
  // Line mode, echo, and Ctrl-C as a signal.
  expect(after).toMatch(/(^|\s)icanon/);
  expect(after).toMatch(/(^|\s)echo\b/);
  expect(after).toMatch(/(^|\s)isig/);
}

describe('fledge watch on a terminal', () => {
  it('shows the store, follows it, and ends with q', async () => {
    const { url, jobs, worker, event } = await quietStore();
    const terminal = await watching(url);
    await terminal.shows(/default +no worker +1 /);
    await jobs.enqueue(NoteJob, { note: 'second' });
    await terminal.shows(/default +no worker +2 /);
    await worker.start();
    await event('finished');
    await terminal.shows(/default +served +0 [\s\S]*\nWorkers: 1\n/);
    await jobs.enqueue(ImportCustomersFromCsvJob);
    const { id } = await jobs.enqueue(PatientJob);
    const lines = await terminal.shows(/\nRunning jobs: 1\n[\s\S]*\nLast failures: 1\n/);
    expect(lines.join('\n')).toContain(id);
    expect(lines.join('\n')).toMatch(/ImportCustom\S+ +dead .* TypeError/);
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(lines.filter((line) => widthOf(line) > 80)).toEqual([]);
    PatientJob.end();
    await terminal.shows(/\nNo job is running\.\n/);
    terminal.type('xyq');
    await requireRestored(terminal, 0);
  });

  it.each([
    ['Ctrl-C', (terminal: PseudoTerminal) => terminal.type('\u0003')],
    ['SIGTERM', (terminal: PseudoTerminal) => terminal.signal('SIGTERM')],
    ['SIGINT', (terminal: PseudoTerminal) => terminal.signal('SIGINT')],
    ['SIGHUP', (terminal: PseudoTerminal) => terminal.signal('SIGHUP')],
  ])('restores the terminal after %s', async (_, end) => {
    const { url } = await quietStore();
    const terminal = await watching(url);
    await terminal.shows(/default/);
    end(terminal);
    await requireRestored(terminal, 0);
  });

  it('ends only by a signal if the standard input is not the terminal', async () => {
    const { url } = await quietStore();
    const args = ['watch', '--every', '200ms', url];
    const terminal = await pseudoTerminal(args, {}, { hasKeyboard: false });
    expect((await terminal.shows(/default/)).join('\n')).not.toContain('q quits');
    // The Ctrl-C of a terminal would also end the shell of this test.
    terminal.signal('SIGINT');
    await requireRestored(terminal, 0);
  });

  it('restores the terminal before it prints an error that nothing caught', async () => {
    const { url } = await quietStore();
    const crash = `process.on('SIGUSR2', () => { throw new Error('a bug') });`;
    const terminal = await watching(url, {
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(crash)}`,
    });
    await terminal.shows(/default/);
    terminal.signal('SIGUSR2');
    await requireRestored(terminal, 1);
    const text = terminal.output();
    expect(text.indexOf('Error: a bug')).toBeGreaterThan(text.lastIndexOf(usualScreen));
  });

  it('follows the size of the terminal', async () => {
    const { url, worker } = await quietStore();
    await worker.start();
    const terminal = await watching(url);
    await terminal.shows(/Workers: 1\n/);
    await terminal.resize(160, 40);
    await terminal.shows(/GROWTH\/S/);
    await terminal.resize(60, 9);
    // stty changes the columns first and then the rows, so a drawing of 60 columns and 40 rows may come between.
    const lines = await terminal.shows(/^fledge watch(?![\s\S]*GROWTH)(?:.*\n){0,8}.*$/);
    expect(lines.filter((line) => widthOf(line) > 60)).toEqual([]);
    terminal.type('q');
    await requireRestored(terminal, 0);
  });

  it('comes back after Ctrl-Z and fg', async () => {
    const { url } = await quietStore();
    const terminal = await pseudoTerminal(['watch', '--every', '200ms', url], {}, { hasJobControl: true });
    await terminal.shows(/default/);
    terminal.type('\u001a');
    await terminal.printed(/stopped=148[^]*\[\?1049h[^]*default[^]*\[J/);
    terminal.type('q');
    await requireRestored(terminal, 0);
  });

  it('keeps the last figures while the store is away, and goes on when it is back', async () => {
    const redis = await ownRedis();
    const { jobs } = await quietStore(redis.url);
    const terminal = await watching(redis.url);
    await terminal.shows(/default +no worker +1 /);
    await redis.stop();
    const lines = await terminal.shows(/No answer from the store for/);
    expect(lines.join('\n')).toMatch(/default +no worker +1 /);
    expect(lines.filter((line) => widthOf(line) > 80)).toEqual([]);
    await ownRedis([], redis.port);
    await terminal.shows(/^fledge watch(?![\s\S]*No answer)/);
    await jobs.enqueue(NoteJob, { note: 'after' });
    await terminal.shows(/default +no worker +1 /);
    await redis.stop();
    terminal.type('q');
    await requireRestored(terminal, 0);
  });

  it('prints an error of the start without touching the screen', async () => {
    const terminal = await watching('redis://127.0.0.1:1');
    const [, code] = await terminal.printed(/code=(\d+)/);
    expect(code).toBe('1');
    expect(terminal.output()).toContain('FLEDGE_STORE_UNREACHABLE');
    expect(terminal.output()).not.toContain(otherScreen);
  });

  it('uses no colours with NO_COLOR, and only prints one frame on a dumb terminal', async () => {
    const { url } = await quietStore();
    const plain = await watching(url, { NO_COLOR: '1' });
    await plain.shows(/default/);
    plain.type('q');
    await requireRestored(plain, 0);
    for (const colour of [31, 32, 33, 90]) expect(plain.output()).not.toContain(`\u001b[${colour}m`);
    const dumb = await watching(url, { TERM: 'dumb' });
    await dumb.printed(/code=0/);
    expect(dumb.output()).not.toContain('\u001b');
  });
});

it('prints one frame into a pipe', async () => {
  const { url } = await quietStore();
  const { code, output } = await fledge(['watch', '--every', '200ms', url]);
  expect({ code, colours: output.includes('\u001b') }).toEqual({ code: 0, colours: false });
  expect(output).toMatch(/^fledge watch {2}redis:/);
  expect(output).toMatch(/\ndefault +no worker +1 /);
});
