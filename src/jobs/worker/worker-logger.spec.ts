import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WorkerLogger } from './worker-logger.js';

const evil = 'N\u001b[2J\u009b31m\u202e\n[Nest] 1  - today     LOG [Jobs] Payroll performed';

let written: string;

beforeEach(() => {
  written = '';
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
});
afterEach(() => void vi.restoreAllMocks());

describe('the format of a worker’s log', () => {
  it('is text on a terminal and behind the pipe of fledge dev, and JSON elsewhere', () => {
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(new WorkerLogger('log').format).toBe(process.stdout.isTTY ? 'text' : 'json');
    vi.stubEnv('JOBS_DEV_TERMINAL', '1');
    expect(new WorkerLogger('log').format).toBe('text');
  });
});

describe('the text log of a worker', () => {
  it.each<[string, (logger: WorkerLogger) => void]>([
    ['an event', (logger) => logger.write({ level: 'log', text: evil })],
    ['a failure', (logger) => logger.write({ level: 'error', text: evil, stack: `${evil}\n    at ${evil}` })],
    ['a message of the application', (logger) => logger.warn(evil, 'Own')],
    ['a message from a function', (logger) => logger.log(() => evil)],
    ['a context', (logger) => logger.log('text', evil)],
    ['an error', (logger) => logger.log(new Error(evil))],
    ['an object', (logger) => logger.log({ [evil]: new Error(evil) })],
    ['a list', (logger) => logger.log([evil])],
    ['parameters', (logger) => logger.log('text', { [evil]: new Error(evil) }, 'Own')],
    ['a stack', (logger) => logger.error('text', `${evil}\n    at here (file.js:1:1)`, 'Own')],
    ['a fatal message', (logger) => logger.fatal(evil)],
  ])('shows %s, and only its first line begins without a space', (_, log) => {
    log(new WorkerLogger('debug', 'text'));
    // As Node's inspect escapes it, or as we do.
    expect(written).toMatch(/N\\(x1B|u001b)\[2J/);
    // oxlint-disable-next-line no-control-regex
    expect(written).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
    const entries = written.split('\n').filter((line) => line.startsWith('['));
    expect(entries).toHaveLength(1);
    expect(written.split('\n').filter((line) => /^[^[\s]/.test(line))).toEqual([]);
  });

  it('keeps the colours of Nest', () => {
    vi.stubEnv('NO_COLOR', undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    const logger = new WorkerLogger('debug', 'text');
    (logger as unknown as { options: { colors: boolean } }).options.colors = true;
    logger.write({ level: 'warn', text: evil });
    expect(written).toContain('\u001b[33mN\\u001b[2J\\u009b31m\\u202e\n    [Nest] 1');
  });
});

describe('the JSON log of a worker', () => {
  it.each<[string, (logger: WorkerLogger) => void]>([
    ['an event', (logger) => logger.write({ level: 'log', text: evil, fields: () => ({ class: evil }) })],
    ['a failure', (logger) => logger.write({ level: 'error', text: evil, stack: evil })],
    ['a message of the application', (logger) => logger.warn(evil, evil)],
    ['an error', (logger) => logger.error(evil, `${evil}\n    at here (file.js:1:1)`, 'Own')],
  ])('writes %s unchanged, on one line that is safe for a terminal', (_, log) => {
    log(new WorkerLogger('debug', 'json'));
    // oxlint-disable-next-line no-control-regex
    expect(written).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u202e]+\n$/);
    expect(JSON.parse(written)).toMatchObject({ message: evil });
  });
});
