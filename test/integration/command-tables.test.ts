import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { widthOf } from '../../src/cli/shell/text.js';
import { commands } from '../../src/cli/commands.js';
import { busyStore, day, PatientJob, type BusyStore } from '../support/busy-store.js';
import { fledge, fledgeOn } from '../support/fledge-command.js';
import { until } from '../support/until.js';

const widths = [60, 80, 160] as const;

type Run = (width: number | undefined, ...args: string[]) => Promise<string[]>;

/**
 * Opens a store, and a terminal three days later, so that the distance of each time is known. In the output, each id of a
 * job is replaced by its state, and each time by `<time>`, at the same width.
 */
async function later(): Promise<BusyStore & { show: Run; json: (...args: string[]) => Promise<unknown> }> {
  const store = await busyStore();
  const now = Date.now() + 3 * day;
  const masked = (text: string): string =>
    Object.entries(store.ids)
      .reduce((all, [state, id]) => all.replaceAll(id, `<${state}>`.padEnd(id.length, '.')), text)
      .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d( [+-]\d\d:\d\d|Z)/g, (time) =>
        '<time>'.padEnd(time.length, '.'),
      );
  const show: Run = async (width, ...args) => {
    const { code, out, err } = await fledgeOn({ width, now }, [...args, store.url]);
    expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
    return masked(out).split('\n');
  };
  const json = async (...args: string[]): Promise<unknown> => {
    const { code, out, err } = await fledgeOn({ width: 60, colours: true, now }, [
      ...args,
      store.url,
      '--json',
    ]);
    expect({ args, code, err, lines: out.split('\n').length }).toEqual({ args, code: 0, err: '', lines: 1 });
    return JSON.parse(out);
  };
  return { ...store, show, json };
}

/** Lines with single spaces, for tables with measured values, whose widths differ from run to run. */
const words = (lines: readonly string[]): string[] => lines.map((line) => line.trim().replace(/ +/g, ' '));

const tooLong = (lines: readonly string[], width: number): string[] =>
  lines.filter((line) => widthOf(line) > width);

const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
const anyNumber = expect.any(Number) as number;

describe('a list of jobs', () => {
  const jobs = ['jobs', '--queue', 'default'];
  const error = 'TypeError: the column "Größe" of 顧客名簿.csv has the value 漢字漢字 in row 1234';

  it('fits on a terminal of 160 columns, with the time of each job', async () => {
    const { show } = await later();
    expect(await show(160, ...jobs)).toEqual([
      'ID                                    JOB                 STATE      WHEN     QUEUE    TRIES   TIME                        ERROR',
      '<running>...........................  PatientJob          running    3 d ago  default          <time>....................',
      '<waiting>...........................  NoteJob             waiting    3 d ago  default          <time>....................',
      '<mail>..............................  UserMailer.welcome  waiting    3 d ago  default          <time>....................',
      '<retrying>..........................  ChargeCardJob       retrying   in 4 d   default  1 of 5  <time>....................  Error: the bank did not answer',
      '<scheduled>.........................  NoteJob             scheduled  in 7 d   default          <time>....................',
    ]);
    expect(await show(160, 'dead')).toEqual([
      'ID                                    JOB                        STATE  WHEN     QUEUE    TRIES   ERROR',
      `<dead>..............................  ImportCustomersFromCsvJob  dead   3 d ago  default  1 of 1  ${error.slice(0, error.indexOf('漢字漢字'))}…`,
    ]);
  });

  it('fits on a terminal of 80 columns, with the error on a second line', async () => {
    const { show } = await later();
    expect(await show(80, ...jobs)).toEqual([
      'ID                                    JOB            STATE      WHEN     QUEUE',
      '<running>...........................  PatientJob     running    3 d ago  default',
      '<waiting>...........................  NoteJob        waiting    3 d ago  default',
      '<mail>..............................  UserMailer.w…  waiting    3 d ago  default',
      '<retrying>..........................  ChargeCardJob  retrying   in 4 d   default',
      '  TRIES 1 of 5  ERROR Error: the bank did not answer',
      '<scheduled>.........................  NoteJob        scheduled  in 7 d   default',
    ]);
    expect(await show(80, 'dead')).toEqual([
      'ID                                    JOB                STATE  WHEN     QUEUE',
      '<dead>..............................  ImportCustomersF…  dead   3 d ago  default',
      '  TRIES 1 of 1',
      '  ERROR TypeError: the column "Größe" of 顧客名簿.csv has the value 漢字漢字 in…',
    ]);
  });

  it('fits on a terminal of 60 columns, with whole ids', async () => {
    const { show } = await later();
    expect(await show(60, ...jobs)).toEqual([
      'ID                                    JOB          STATE',
      '<running>...........................  PatientJob   running',
      '  WHEN 3 d ago  QUEUE default',
      '<waiting>...........................  NoteJob      waiting',
      '  WHEN 3 d ago  QUEUE default',
      '<mail>..............................  UserMailer…  waiting',
      '  WHEN 3 d ago  QUEUE default',
      '<retrying>..........................  ChargeCard…  retrying',
      '  WHEN in 4 d  QUEUE default  TRIES 1 of 5',
      '  ERROR Error: the bank did not answer',
      '<scheduled>.........................  NoteJob      scheduled',
      '  WHEN in 7 d  QUEUE default',
    ]);
    expect(await show(60, 'dead')).toEqual([
      'ID                                    JOB              STATE',
      '<dead>..............................  ImportCustomer…  dead',
      '  WHEN 3 d ago  QUEUE default  TRIES 1 of 1',
      '  ERROR TypeError: the column "Größe" of 顧客名簿.csv has t…',
    ]);
  });

  it('has everything on one line in a file or a pipe', async () => {
    const { show } = await later();
    const [, line] = await show(undefined, 'dead');
    expect(line).toContain(`1 of 1  <time>....................  ${error}, which is not a number`);
  });

  it('prints JSON with ISO times and without payloads', async () => {
    const { json, ids } = await later();
    const common = { queue: 'default', meta: {}, attempts: 25, enqueuedAt: isoTime, dueAt: isoTime };
    const note = { ...common, name: 'NoteJob', attempt: 0 };
    expect(await json(...jobs)).toEqual({
      items: [
        { ...common, id: ids.running, name: 'PatientJob', state: 'running', attempt: 0, startedAt: isoTime },
        { ...note, id: ids.waiting, state: 'waiting' },
        expect.objectContaining({ id: ids.mail, name: 'DeliverMail', subject: 'UserMailer.welcome' }),
        expect.objectContaining({ id: ids.retrying, state: 'retrying', attempt: 1, attempts: 5 }),
        { ...note, id: ids.scheduled, state: 'scheduled' },
      ],
      next: null,
    });
    expect(await json('dead')).toEqual({
      items: [
        expect.objectContaining({
          id: ids.dead,
          state: 'dead',
          attempt: 1,
          attempts: 1,
          finishedAt: isoTime,
        }),
      ],
      next: null,
    });
  });

  it('lists one state, filters, and continues with the cursor', async () => {
    const { json, show, ids, url } = await later();
    const page = async (...args: string[]): Promise<{ ids: string[]; next: string | null }> => {
      const { items, next } = (await json('jobs', ...args)) as {
        items: { id: string }[];
        next: string | null;
      };
      return { ids: items.map(({ id }) => id), next };
    };
    for (const state of ['running', 'retrying', 'dead', 'completed'] as const)
      expect(await page(state)).toEqual({ ids: [ids[state]], next: null });
    expect(await page('waiting')).toEqual({ ids: [ids.waiting, ids.mail], next: null });
    expect((await page('scheduled', '--queue', 'default')).ids).toEqual([ids.scheduled]);
    expect((await page('--job', 'UserMailer.welcome')).ids).toEqual([ids.mail]);
    expect((await page('--error', 'the bank')).ids).toEqual([ids.retrying]);
    const all = (await page('--queue', 'default')).ids;
    for (const limit of [1, 2, 3]) {
      const seen: string[] = [];
      let next: string | null = null;
      do {
        const args = [
          '--queue',
          'default',
          '--limit',
          String(limit),
          ...(next === null ? [] : ['--cursor', next]),
        ];
        const one = await page(...args);
        seen.push(...one.ids);
        ({ next } = one);
      } while (next !== null);
      expect(seen).toEqual(all);
    }
    expect((await show(undefined, ...jobs, '--limit', '2')).at(-1)).toMatch(
      /^There are more jobs\. Raise --limit, .*--cursor waiting\.\S+$/,
    );
    for (const cursor of ['x', 'dead.x', 'waiting.x', '.'])
      expect(await fledgeOn({}, ['jobs', '--cursor', cursor, url])).toMatchObject({ code: 2, out: '' });
  });
});

describe('fledge jobs --by-class', () => {
  it('counts jobs by class and state, and mails by their action', async () => {
    const { show, json } = await later();
    const wide = [
      'JOB                 QUEUE    RUNNING  WAITING  RETRYING  SCHEDULED',
      'NoteJob             default        0        1         0          1',
      'PatientJob          default        1        0         0          0',
      'UserMailer.welcome  default        0        1         0          0',
      'ChargeCardJob       default        0        0         1          0',
    ];
    const count = ['jobs', '--by-class', '--queue', 'default'];
    for (const width of [80, 160]) expect(await show(width, ...count)).toEqual(wide);
    expect(await show(60, ...count)).toEqual([
      'JOB           QUEUE    RUNNING  WAITING  RETRYING  SCHEDULED',
      'NoteJob       default        0        1         0          1',
      'PatientJob    default        1        0         0          0',
      'UserMailer.…  default        0        1         0          0',
      'ChargeCardJ…  default        0        0         1          0',
    ]);
    expect(await json('jobs', 'waiting', '--by-class', '--limit', '1')).toEqual({
      items: [{ job: 'NoteJob', queue: 'default', states: { waiting: 1 } }],
      next: null,
      counted: 1,
      more: true,
    });
  });
});

describe('fledge queues', () => {
  it('prints the jobs, the delay and the workers of each queue', async () => {
    const { show, json } = await later();
    const late = expect.stringMatching(/^default served 2 2 1 1 [\d.]+ (ms|s|min)( 1)?$/) as string;
    const wide = [
      'QUEUE STATE WAITING SCHEDULED RUNNING DEAD LATE WORKERS',
      late,
      'mailers served 0 1 0 0 - 1',
    ];
    for (const width of [80, 160]) expect(words(await show(width, 'queues'))).toEqual(wide);
    const narrow = await show(60, 'queues');
    expect(tooLong(narrow, 60)).toEqual([]);
    expect(words(narrow)).toEqual([
      'QUEUE STATE WAITING SCHEDULED RUNNING DEAD LATE',
      late,
      'WORKERS 1',
      'mailers served 0 1 0 0 -',
      'WORKERS 1',
    ]);
    const mailers = { name: 'mailers', size: 0, scheduled: 1, running: 0, dead: 0, latency: 0 };
    expect(await json('queues', '--queue', 'mailers')).toEqual({
      items: [{ ...mailers, paused: false, consumers: 1 }],
      next: null,
      paused: [],
    });
  });

  it('reports queues without a worker, and suggests the name of an unknown queue', async () => {
    const { worker, url, show } = await later();
    PatientJob.end();
    await worker.stop();
    expect(words(await show(80, 'queues'))[2]).toBe('mailers no worker 0 1 0 0 - 0');
    const { code, out, err } = await fledgeOn({}, ['queues', '--queue', 'mail', url]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('Did you mean "mailers"?');
    expect(await fledgeOn({}, ['queues', 'mail'])).toMatchObject({ code: 2, out: '' });
  });
});

describe('fledge ps', () => {
  it('and fledge job show a running job that was cancelled as cancelled', async () => {
    const { show, json, ids, jobs } = await later();
    await jobs.cancel(ids.running);
    await until('the heartbeat has it', async () => (await show(160, 'ps')).join().includes('cancelled'));
    const numbers = /[\d.]+ (MiB|ms)/g;
    const masked = async (width: number): Promise<string[]> => {
      const lines = await show(width, 'ps');
      expect(tooLong(lines, width)).toEqual([]);
      return words(lines).map((line) =>
        line.replace(numbers, '# $1').replace(/\S+:\d+:[0-9a-f]+/, '<process>'),
      );
    };
    const running = '<running>........................... PatientJob 3 d';
    expect(await masked(160)).toEqual([
      'PROCESS STATE BUSY QUEUES MEMORY LOOP DELAY ROUND TRIP APP FLEDGE',
      expect.stringMatching(/^<process> running 1 of 6 default ×1, mailers ×5 # MiB # ms # ms shop \d/),
      '',
      'ID JOB FOR PHASE QUEUE PROCESS',
      `${running} cancelled, still running default <process>`,
    ]);
    for (const width of [60, 80]) {
      const text = (await masked(width)).join(' ');
      for (const part of [
        '1 of 6',
        'default ×1, mailers ×5',
        'MEMORY',
        'cancelled, still running',
        '<process>',
      ])
        expect(text).toContain(part);
    }
    expect(await json('ps')).toEqual({
      items: [
        expect.objectContaining({
          startedAt: isoTime,
          age: anyNumber,
          gone: false,
          running: [
            expect.objectContaining({
              id: ids.running,
              aborted: 'cancel',
              since: isoTime,
              abortedAt: isoTime,
            }),
          ],
        }),
      ],
      next: null,
      paused: [],
    });
    const [heading] = await show(160, 'job', ids.running);
    expect(heading).toBe(
      'PatientJob <running>........................... is running on default: cancelled, still running',
    );
    expect(await json('job', ids.running)).toMatchObject({
      state: 'running',
      aborted: 'cancel',
      abortedAt: isoTime,
    });
    PatientJob.end();
  });

  it('shows when, by which process and why a deleted job was cancelled', async () => {
    const { show, json, jobs, ids } = await later();
    await jobs.cancel(ids.scheduled, { reason: 'the customer has closed the account' });
    const by = `${hostname()}:${process.pid}`;
    const whole = [
      'NoteJob <scheduled>......................... is cancelled and deleted from default',
      '  cancelled  <time>...................., 3 d ago',
      `  by         ${by}`,
      '  reason     the customer has closed the account',
    ];
    for (const width of [...widths, undefined])
      expect(await show(width, 'job', ids.scheduled)).toEqual(whole);
    expect(await json('job', ids.scheduled)).toEqual({
      id: ids.scheduled,
      name: 'NoteJob',
      queue: 'default',
      state: 'cancelled',
      cancelledAt: isoTime,
      by,
      reason: 'the customer has closed the account',
    });
  });
});

describe('fledge cron', () => {
  /** Ten days before the next run. */
  async function before(): Promise<{ show: (width: number) => Promise<string[]>; url: string }> {
    const { url, inspector } = await busyStore();
    const { next } = (await inspector.schedules()).find(({ name }) => name === 'nightly-notes')!;
    const now = next!.getTime() - 10 * day;
    const show = async (width: number): Promise<string[]> =>
      (await fledgeOn({ width, now }, ['cron', '--utc', url])).out
        .replace(/\d{4}(-01-01)/, '<yy>$1')
        .split('\n');
    return { show, url };
  }

  it('prints the next run of each schedule', async () => {
    const { show } = await before();
    expect(await show(160)).toEqual([
      'SCHEDULE       NEXT     TIME                  JOB      QUEUE    RULE                       MISSED',
      'nightly-notes  in 10 d  <yy>-01-01 02:00:00Z  NoteJob  mailers  0 3 1 1 * (Europe/Berlin)  skip',
      'paused         paused                         NoteJob  default  every 20 d                 skip',
    ]);
    expect(await show(80)).toEqual([
      'SCHEDULE       NEXT     TIME                  JOB      QUEUE',
      'nightly-notes  in 10 d  <yy>-01-01 02:00:00Z  NoteJob  mailers',
      '  RULE 0 3 1 1 * (Europe/Berlin)',
      'paused         paused                         NoteJob  default',
      '  RULE every 20 d',
    ]);
    expect(await show(60)).toEqual([
      'SCHEDULE       NEXT     TIME                  JOB',
      'nightly-notes  in 10 d  <yy>-01-01 02:00:00Z  NoteJob',
      '  QUEUE mailers  RULE 0 3 1 1 * (Europe/Berlin)',
      'paused         paused                         NoteJob',
      '  QUEUE default  RULE every 20 d',
    ]);
  });

  it('prints JSON, also for its actions', async () => {
    const { json } = await later();
    expect(await json('cron')).toMatchObject({
      items: [
        { name: 'nightly-notes', cron: '0 3 1 1 *', paused: false, next: isoTime },
        { name: 'paused', every: 20 * day, paused: true },
      ],
      next: null,
    });
    expect(await json('cron', 'resume', 'paused')).toEqual({ action: 'resume', name: 'paused' });
    expect(await json('cron', 'pause', 'paused')).toEqual({ action: 'pause', name: 'paused' });
    expect(await json('cron', 'run', 'paused')).toEqual({
      action: 'run',
      name: 'paused',
      id: expect.any(String),
      job: 'NoteJob',
      queue: 'default',
    });
  });
});

describe('fledge job', () => {
  it.each(widths)('prints the facts and the error of a job within %d columns', async (width) => {
    const { show, ids } = await later();
    const lines = await show(width, 'job', ids.retrying, '--utc');
    expect(lines.slice(0, 8)).toEqual([
      'ChargeCardJob <retrying>.......................... is retrying on default',
      '  attempts  1 of 5',
      '  enqueued  <time>.............., 3 d ago',
      '  due       <time>.............., in 4 d',
      '  started   <time>.............., 3 d ago',
      '',
      'Error: the bank did not answer',
      expect.stringMatching(/^ {4}at ChargeCardJob\.perform/),
    ]);
    // The id in the heading and the path of a file are never broken.
    expect(tooLong(lines.slice(1), width).filter((line) => line.trim().includes(' '))).toEqual([]);
  });

  it('prints JSON with its log lines', async () => {
    const { json, ids } = await later();
    expect(await json('job', ids.completed)).toEqual({
      id: ids.completed,
      name: 'NoteJob',
      queue: 'default',
      state: 'completed',
      meta: {},
      attempt: 1,
      attempts: 25,
      enqueuedAt: isoTime,
      dueAt: isoTime,
      startedAt: isoTime,
      finishedAt: isoTime,
      lines: ['noted'],
    });
  });
});

describe('commands that print a sentence', () => {
  it('wrap it at the width of the terminal, and print JSON', async () => {
    const { show, json, ids, inspector } = await later();
    expect(await show(80, 'cancel', ids.waiting)).toEqual([
      '<waiting>........................... is cancelled and removed.',
    ]);
    expect(await json('cancel', ids.scheduled)).toEqual({ id: ids.scheduled, removed: 1, signalled: 0 });
    expect(await json('cancel', ids.running)).toEqual({ id: ids.running, removed: 0, signalled: 1 });
    expect(await show(160, 'dead', 'retry', ids.dead)).toEqual([
      '<dead>.............................. is waiting again.',
    ]);
    expect(await json('dead', 'discard', '--all')).toEqual({ action: 'discard', id: null, count: 0 });
    const id = (await inspector.processes())[0]!.id;
    const sent = [`Sent the command quiet to ${id}. The process receives it within two seconds.`];
    expect(await show(160, 'quiet', id)).toEqual(sent);
    for (const width of [60, 80]) {
      const lines = await show(width, 'quiet', id);
      expect(tooLong(lines, width)).toEqual([]);
      expect([lines.map((line) => line.trim()).join(' ')]).toEqual(sent);
    }
    expect(await json('stop', id)).toEqual({ id, command: 'stop' });
  });

  it('print the version, and an unsuccessful health check', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    for (const word of ['version', '--version', '-v'])
      expect(await fledgeOn({ width: 60 }, [word])).toEqual({ code: 0, out: version, err: '' });
    expect((await fledgeOn({}, ['--version', '--json'])).out).toBe(`{"version":"${version}"}`);
    const { code, out } = await fledgeOn({}, ['healthcheck', '--port', '1', '--json']);
    expect({ code, result: JSON.parse(out) as unknown }).toEqual({
      code: 1,
      result: {
        ok: false,
        url: 'http://127.0.0.1:1/livez',
        text: expect.stringContaining('does not answer'),
      },
    });
  });
});

describe('fledge doctor', () => {
  it.each(widths)('keeps within %d columns', async (width) => {
    const { url } = await busyStore();
    const { out } = await fledgeOn({ width }, ['doctor', url]);
    expect(tooLong(out.split('\n').slice(1), width)).toEqual([]);
    expect(out).toMatch(/\n✓ TLS {14}no TLS, but /);
  });
});

it('the process respects COLUMNS, FORCE_COLOR, NO_COLOR and TZ', async () => {
  const { url, ids } = await busyStore();
  const header = 'ID                                    JOB              STATE';
  expect((await fledge(['dead', url], { COLUMNS: '60', NO_COLOR: '1' })).output).toContain(`${header}\n`);
  const coloured = (await fledge(['dead', url], { COLUMNS: '60', FORCE_COLOR: '1' })).output;
  expect(coloured).toContain(`\u001b[31mdead\u001b[39m`);
  const tokyo = (await fledge(['job', ids.dead, url], { TZ: 'Asia/Tokyo' })).output;
  expect(tokyo).toMatch(/ finished {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+09:00, /);
  expect(tokyo).not.toContain('\u001b');
});

describe('help', () => {
  it.each(Object.keys(commands))('of %s fits on 60, 80 and 160 columns', async (name) => {
    for (const width of widths) {
      const { code, out } = await fledgeOn({ width }, ['help', name]);
      expect({ code, start: out.slice(0, 14 + name.length) }).toEqual({
        code: 0,
        start: `Usage: fledge ${name}`,
      });
      // The usage is never broken, and neither is the pattern of a URL.
      const [, ...rest] = out.split('\n\n');
      const lines = rest
        .join('\n')
        .split('\n')
        .filter((line) => !line.includes('[user:password@]'));
      expect(tooLong(lines, Math.min(width, 100))).toEqual([]);
      expect(await fledgeOn({ width }, [name, '--help'])).toEqual({ code: 0, out, err: '' });
    }
  });

  it.each([
    ['fledge hlep', 'Did you mean "help"?'],
    ['fledge qeues', 'Did you mean "queues"?'],
    ['fledge dead retyr', 'Unknown action "retyr" of fledge dead. Did you mean "retry"?'],
    ['fledge cron puase', 'Did you mean "pause"?'],
    ['fledge jobs waitng', 'Unknown state "waitng" of fledge jobs. Did you mean "waiting"?'],
    ['fledge ps reids', 'The URL of the store is not a URL.'],
    ['fledge queues --jsno', 'Unknown option "--jsno". Did you mean "--json"?'],
    ['fledge cancel id --raeson x', 'Did you mean "--reason"?'],
    ['fledge stop id --hlep', 'Did you mean "--help"?'],
  ])('%s: %s', async (line, message) => {
    const { code, out, err } = await fledgeOn({}, line.split(' ').slice(1));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});
