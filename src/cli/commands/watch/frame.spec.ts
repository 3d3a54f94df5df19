import { describe, expect, it } from 'vitest';
import type { JobRecord } from '../../../jobs/index.js';
import type { SampledQueue, StoreSample } from '../../../jobs/internals.js';
import { paintLines } from '../../shell/output.js';
import { widthOf } from '../../shell/text.js';
import { frameOf } from './frame.js';
import type { View } from './view.js';

const now = Date.UTC(2027, 2, 29, 3, 0, 5);
const ago = (seconds: number): Date => new Date(now - seconds * 1_000);

function queue(name: string, figures: Partial<SampledQueue> = {}): SampledQueue {
  const none = { size: 0, scheduled: 0, running: 0, dead: 0, latency: 0, paused: false, consumers: 1 };
  return { name, ...none, rates: { done: 0, dead: 0, growth: 0 }, ...figures };
}

const id = (n: number): string => `019a1795-4260-7536-a0c1-${String(n).padStart(12, '0')}`;

function running(n: number): JobRecord {
  const progress = n % 2 === 0 ? 40 : { step: n, of: 'a long list of steps that take a while' };
  return {
    id: id(n),
    name: n % 2 === 0 ? 'ImportCsvJob' : 'SendNewslettersToAllCustomersJob',
    queue: 'default',
    state: 'running',
    meta: {},
    attempt: 0,
    attempts: 25,
    startedAt: ago(90 * n),
    progress,
  };
}

const dead: JobRecord = {
  id: id(99),
  name: 'DeliverMail',
  subject: 'UserMailer.welcome',
  queue: 'mailers',
  state: 'dead',
  meta: {},
  attempt: 20,
  attempts: 20,
  finishedAt: ago(3_600),
  error: { name: 'Error', message: '顧客\u001b[31m connect ECONNREFUSED 10.0.3.7:9000\nsecond line' },
};
const retrying: JobRecord = {
  ...dead,
  id: id(98),
  name: 'ChargeJob',
  state: 'retrying',
  attempt: 2,
  dueAt: ago(-30),
};
delete (retrying as { subject?: string }).subject;
delete (retrying as { finishedAt?: Date }).finishedAt;

const sample: StoreSample = {
  store: 'redis://127.0.0.1:6379/0, prefix {fledge}',
  at: now + 60_000,
  complete: true,
  queues: [
    queue('default', {
      size: 1_204,
      scheduled: 3,
      running: 2,
      latency: 1_200,
      rates: { done: 48.4, dead: 0.04, growth: 12.25 },
    }),
    queue('mailers', { size: 240, dead: 7, consumers: 0, rates: { done: 0, dead: 0.5, growth: -3 } }),
    queue('reports', { paused: true, rates: undefined }),
  ],
  members: [
    {
      id: 'vm:18134:afa3d719',
      host: 'vm',
      pid: 18_134,
      version: '0.1.0',
      startedAt: now,
      state: 'running',
      queues: [
        { name: 'default', concurrency: 10 },
        { name: 'mailers', concurrency: 5 },
      ],
      jobs: [],
      concurrency: 15,
      busy: 2,
      running: [{ id: id(1), name: 'x', queue: 'default', attempt: 1, since: now, phase: 'performing' }],
      rss: 90_177_536,
      loopDelay: 25,
      roundTrip: 0.37,
      age: 3_000,
    },
  ],
  running: [running(2), running(1)].map((job) => ({
    ...job,
    startedAt: new Date(job.startedAt!.getTime() + 60_000),
  })),
  paused: [],
  failures: [retrying, dead].map((job) => ({
    ...job,
    ...(job.finishedAt && { finishedAt: new Date(job.finishedAt.getTime() + 60_000) }),
    ...(job.dueAt && { dueAt: new Date(job.dueAt.getTime() + 60_000) }),
  })),
};

const view: View = { sample, takenAt: now };
const style = { every: 2_000, utc: true, hasKeys: true };

function draw(
  width: number | undefined,
  height: number | undefined,
  of: View = view,
  colours = false,
): string[] {
  return paintLines(frameOf(of, style, { width, height }, now), colours);
}

describe('the frame of fledge watch', () => {
  it('has one line for each row on 60 columns', () =>
    expect(draw(60, 40)).toEqual([
      'fledge watch  redis://127.0.0.1:6379/0, prefix {fledge}',
      '2027-03-29 03:00:05Z  every 2 s  q quits',
      '',
      'Queues: 3',
      'QUEUE    STATE      WAITING  RUNNING  SCHED  DONE/S  DEAD',
      'default  served        1204        2      3      48     0',
      'mailers  no worker      240        0      0       0     7',
      'reports  paused           0        0      0       -     0',
      '',
      'Workers: 1',
      'WORKER             STATE    BUSY',
      'vm:18134:afa3d719  running  2 of 15',
      '',
      'Running jobs: 2',
      'JOB                   FOR      PROGRESS              QUEUE',
      'ImportCsvJob          3 min    40 %                  default',
      'SendNewslettersToAl…  1.5 min  {"step":1,"of":"a l…  default',
      '',
      'Last failures: 2',
      'JOB                 STATE     WHEN     ERROR',
      'ChargeJob           retrying  in 30 s  Error: 顧客\\u001b[31…',
      'UserMailer.welcome  dead      1 h ago  Error: 顧客\\u001b[31…',
    ]));

  it('has ids, delays and the memory on 80 columns', () =>
    expect(draw(80, 40).slice(3)).toEqual([
      'Queues: 3',
      'QUEUE    STATE      WAITING  RUNNING  SCHEDULED  DONE/S  DEAD   LATE',
      'default  served        1204        2          3      48     0  1.2 s',
      'mailers  no worker      240        0          0       0     7      -',
      'reports  paused           0        0          0       -     0      -',
      '',
      'Workers: 1',
      'WORKER             STATE    BUSY     QUEUES            MEMORY',
      'vm:18134:afa3d719  running  2 of 15  default, mailers  86 MiB',
      '',
      'Running jobs: 2',
      'JOB          FOR      PROGRESS     QUEUE    ID',
      'ImportCsvJ…  3 min    40 %         default  019a1795-4260-7536-a0c1-000000000002',
      'SendNewsle…  1.5 min  {"step":1,…  default  019a1795-4260-7536-a0c1-000000000001',
      '',
      'Last failures: 2',
      'JOB                 STATE     WHEN     ERROR',
      'ChargeJob           retrying  in 30 s  Error: 顧客\\u001b[31m connect ECONNREFUS…',
      'UserMailer.welcome  dead      1 h ago  Error: 顧客\\u001b[31m connect ECONNREFUS…',
    ]));

  it('has all columns on 160 columns', () =>
    expect(draw(160, 40).slice(3)).toEqual([
      'Queues: 3',
      'QUEUE    STATE      WAITING  GROWTH/S  RUNNING  SCHEDULED  DONE/S  DEAD/S  DEAD   LATE  WORKERS',
      'default  served        1204       +12        2          3      48       0     0  1.2 s        1',
      'mailers  no worker      240        -3        0          0       0     0.5     7      -        0',
      'reports  paused           0                  0          0       -             0      -        1',
      '',
      'Workers: 1',
      'WORKER             STATE    BUSY     QUEUES            MEMORY  LOOP DELAY  ROUND TRIP  FLEDGE',
      'vm:18134:afa3d719  running  2 of 15  default, mailers  86 MiB       25 ms     0.37 ms  0.1.0',
      '',
      'Running jobs: 2',
      'JOB                               FOR      PROGRESS                                             QUEUE    ID                                    WORKER',
      'ImportCsvJob                      3 min    40 %                                                 default  019a1795-4260-7536-a0c1-000000000002',
      'SendNewslettersToAllCustomersJob  1.5 min  {"step":1,"of":"a long list of steps that take a w…  default  019a1795-4260-7536-a0c1-000000000001  vm:18134:afa3d719',
      '',
      'Last failures: 2',
      'JOB                 STATE     WHEN     TRIES     ID                                    ERROR',
      'ChargeJob           retrying  in 30 s  2 of 20   019a1795-4260-7536-a0c1-000000000098  Error: 顧客\\u001b[31m connect ECONNREFUSED 10.0.3.7:9000',
      'UserMailer.welcome  dead      1 h ago  20 of 20  019a1795-4260-7536-a0c1-000000000099  Error: 顧客\\u001b[31m connect ECONNREFUSED 10.0.3.7:9000',
    ]));

  it('has no colours without a terminal, and marks problems on one', () => {
    expect(draw(80, 40).join('')).not.toContain('\u001b');
    const coloured = draw(80, 40, view, true).join('\n');
    for (const [text, code] of [
      ['no worker', 31],
      ['paused', 33],
      ['retrying', 33],
      ['dead', 31],
      ['running', 32],
    ] as const)
      expect(coloured).toContain(`\u001b[${code}m${text}\u001b[39m`);
  });

  it('names what is missing', () => {
    const empty: StoreSample = {
      ...sample,
      queues: [],
      members: [],
      running: [],
      failures: [],
      complete: false,
    };
    expect(draw(80, 40, { sample: empty, takenAt: now })).toEqual([
      'fledge watch  redis://127.0.0.1:6379/0, prefix {fledge}',
      '2027-03-29 03:00:05Z  every 2 s  q quits',
      'Not all queues were found. Name one with --queue.',
      '',
      'The store has no queues.',
      '',
      'No worker process was found.',
      '',
      'No job is running.',
      '',
      'No job has failed.',
    ]);
  });

  it('shortens the longest section first, and never exceeds the terminal', () => {
    const many: StoreSample = {
      ...sample,
      queues: Array.from({ length: 40 }, (_, n) => queue(`queue-${n}`)),
      running: Array.from({ length: 60 }, (_, n) => running(n)),
    };
    const lines = draw(80, 24, { sample: many, takenAt: now });
    expect(lines).toHaveLength(24);
    expect(lines.filter((line) => /^[A-Z][a-z ]+: /.test(line))).toEqual([
      'Queues: 3 of 40',
      'Workers: 1',
      'Running jobs: 4 of 60',
      'Last failures: 2',
    ]);
    for (const width of [10, 20, 33, 60, 61, 79, 100, 120, 200]) {
      for (const height of [1, 2, 5, 12, 13, 24, 60]) {
        const one = draw(width, height, { sample: many, takenAt: now });
        expect({
          width,
          height,
          lines: one.length <= height,
          wide: one.filter((line) => widthOf(line) > width),
        }).toEqual({
          width,
          height,
          lines: true,
          wide: [],
        });
      }
    }
  });

  it('keeps the last figures while the store does not answer', () => {
    const outage = {
      message:
        'The store (redis://127.0.0.1:6379/0) did not answer: it is unreachable. Check it. [FLEDGE_STORE_UNREACHABLE]',
      since: now - 12_000,
    };
    const lines = draw(60, 40, { sample, takenAt: now - 14_000, outage });
    expect(lines.slice(0, 5)).toEqual([
      'fledge watch  redis://127.0.0.1:6379/0, prefix {fledge}',
      'Trying again every 2 s  q quits',
      'No answer from the store for 12 s. The figures are from',
      '2027-03-29 02:59:51Z. The store (redis://127.0.0.1:6379/0)',
      'did not answer: it is unreachable. Check it.',
    ]);
    expect(lines).toContain('Queues: 3');
    expect(draw(60, 40, { sample, takenAt: now, outage }, true)[2]).toContain('\u001b[31mNo answer');
  });

  it('prints everything into a file', () => {
    const text = draw(undefined, undefined).join('\n');
    expect(text).toContain('connect ECONNREFUSED 10.0.3.7:9000');
    expect(text).toContain('\\u001b[31m');
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('second line');
    for (const column of ['GROWTH/S', 'ROUND TRIP', 'TRIES', 'FLEDGE']) expect(text).toContain(column);
  });
});
