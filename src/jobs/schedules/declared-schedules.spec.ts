import { Test } from '@nestjs/testing';
import { expect, it } from 'vitest';
import { DeclaredSchedules } from './declared-schedules.js';
import { Job, JobsModule, schedule, type JobsOptions, type ScheduleEntry } from '../index.js';

@Job({ name: 'report', queue: 'mailers', every: '1h', missed: 'once', attempts: 4, priority: 2 })
class ReportJob {
  async perform(): Promise<void> {}
}

@Job({ retryFor: '1d' })
class ImportJob {
  async perform(_payload: { file: string }): Promise<void> {}
}

@Job({ cron: 'soon' })
class OddJob {
  async perform(): Promise<void> {}
}

// The types forbid it.
@Job({ every: '1h', unique: {} } as object)
class UniqueTickJob {
  async perform(): Promise<void> {}
}

async function declared(
  schedules: ScheduleEntry[],
  jobs: (new () => object)[] = [ReportJob, ImportJob],
  options: JobsOptions = {},
): Promise<DeclaredSchedules> {
  const module = await Test.createTestingModule({
    imports: [JobsModule.forRoot({ url: 'memory:', schedules, ...options })],
    providers: jobs,
  }).compile();
  return module.get(DeclaredSchedules);
}

const imported = (file: string, options: object = {}): ScheduleEntry =>
  schedule(ImportJob, { file }, { name: 'import', cron: '0 3 * * *', ...options });

it('come from the classes and the module, with everything that their jobs need', async () => {
  const schedules = await declared([imported('a', { timezone: 'Europe/Berlin', timeout: '1m' })]);
  const cron = { cron: '0 3 * * *', timezone: 'Europe/Berlin' };
  expect(schedules.all()).toEqual([
    {
      name: 'import',
      job: 'ImportJob',
      queue: 'default',
      timing: cron,
      missed: 'skip',
      envelope: {
        v: 1,
        payload: { file: 'a' },
        call: { timeout: 60_000 },
        tick: { schedule: 'import', timing: cron, missed: 'skip' },
      },
      // Stands for `retryFor`, because Infinity is not JSON.
      attempts: 2 ** 31 - 1,
      priority: undefined,
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    },
    {
      name: 'report',
      job: 'report',
      queue: 'mailers',
      timing: { every: 3_600_000 },
      missed: 'once',
      envelope: { v: 1, tick: { schedule: 'report', timing: { every: 3_600_000 }, missed: 'once' } },
      attempts: 4,
      priority: 2,
      fingerprint: expect.any(String) as string,
    },
  ]);
});

it('have the same fingerprint in every process with the same schedules, and another if anything differs', async () => {
  const other = imported('b', { name: 'other' });
  const one = (await declared([imported('a'), other])).fingerprint();
  expect((await declared([other, imported('a')])).fingerprint()).toBe(one);
  expect((await declared([imported('a')])).fingerprint()).not.toBe(one);
  for (const change of [{ cron: '0 4 * * *' }, { missed: 'once' }, { queue: 'mailers' }, { attempts: 3 }])
    expect((await declared([imported('a', change), other])).fingerprint()).not.toBe(one);
  expect((await declared([imported('c'), other])).fingerprint()).not.toBe(one);
});

it.each<[string, ScheduleEntry[], (new () => object)[], RegExp]>([
  ['a class whose cron cannot be read', [], [OddJob], /@Job\(\) of OddJob: cron is "soon".*OPTION_INVALID/],
  ['a scheduled class with unique', [], [UniqueTickJob], /@Job\(\) of UniqueTickJob.*unique.*OPTION_INVALID/],
  [
    'an unknown option',
    [imported('a', { prioriti: 1 })],
    [ImportJob],
    /Unknown option "prioriti" of the schedule "import" of ImportJob.*"priority".*OPTION_INVALID/,
  ],
  [
    'an invalid priority',
    [imported('a', { priority: -1 })],
    [ImportJob],
    /"import" of ImportJob: priority is -1.*OPTION_INVALID/,
  ],
  ['two with one name', [imported('a'), imported('b')], [ImportJob], /"import".*SCHEDULE_DUPLICATE_NAME/],
  [
    'the name of a class’s schedule',
    [imported('a', { name: 'report' })],
    [ReportJob, ImportJob],
    /"report".*SCHEDULE_DUPLICATE_NAME/,
  ],
  ['a name with a colon', [imported('a', { name: 'a:b' })], [ImportJob], /ImportJob.*"a:b".*OPTION_INVALID/],
  ['no name', [imported('a', { name: undefined })], [ImportJob], /ImportJob.*name.*OPTION_INVALID/],
  ['an unknown class', [imported('a')], [], /ImportJob.*JOB_NOT_REGISTERED/],
  ['an unknown queue', [imported('a', { queue: 'mailer' })], [ImportJob], /"import".*"mailers".*UNDECLARED/],
  [
    'a payload that is not JSON',
    [schedule(ImportJob, { file: new Date() as unknown as string }, { name: 'import', every: '1h' })],
    [ImportJob],
    /payload\.file.*PAYLOAD_INVALID/,
  ],
])('refuse %s at boot', async (_, schedules, jobs, message) => {
  await expect(declared(schedules, jobs).then((found) => found.all())).rejects.toThrow(message);
});

it('have a copy of their payload', async () => {
  const payload = { file: 'a', left: undefined };
  const entry = schedule(ImportJob, payload, { name: 'import', every: '1h' });
  const schedules = await declared([entry]);
  const [first] = schedules.all();
  payload.file = 'b';
  expect(first!.envelope.payload).toStrictEqual({ file: 'a' });
});
