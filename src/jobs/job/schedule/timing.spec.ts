import { describe, expect, it } from 'vitest';
import { nextTick, resolveMissed, resolveTiming, type ScheduleOptions, type Timing } from './timing.js';

/** Returns `count` ticks after a time in local time: `03-29 03:00 +02:00`. */
function ticks(cron: string, timezone: string, after: string, count: number): string[] {
  const timing = resolveTiming({ cron, timezone }, 'a test');
  let at = Date.parse(after);
  return Array.from({ length: count }, () => localTime((at = nextTick(timing, at)), timezone));
}

function localTime(time: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('sv', {
    timeZone,
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  }).formatToParts(time);
  const of = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  const seconds = of.second === '00' ? '' : `:${of.second}`;
  return `${of.month}-${of.day} ${of.hour}:${of.minute}${seconds} ${of.timeZoneName!.replace('GMT', '').replace('−', '-')}`;
}

describe('cron', () => {
  it('runs once when the gap ends if the time does not exist', () => {
    expect(ticks('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z', 3)).toEqual([
      '03-28 02:30 +01:00',
      '03-29 03:00 +02:00',
      '03-30 02:30 +02:00',
    ]);
    expect(ticks('30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', 2)).toEqual([
      '03-08 03:00 -04:00',
      '03-09 02:30 -04:00',
    ]);
    // The gap is half an hour here.
    expect(ticks('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T12:00:00Z', 2)).toEqual([
      '10-04 02:30 +11:00',
      '10-05 02:15 +11:00',
    ]);
    // The gap is at midnight here.
    expect(ticks('0 0 * * *', 'America/Santiago', '2026-09-05T12:00:00Z', 2)).toEqual([
      '09-06 01:00 -03:00',
      '09-07 00:00 -03:00',
    ]);
  });

  it('runs a list of hours once per hour', () => {
    expect(ticks('0 2,14 * * *', 'Europe/Berlin', '2026-03-28T21:00:00Z', 3)).toEqual([
      '03-29 03:00 +02:00',
      '03-29 14:00 +02:00',
      '03-30 02:00 +02:00',
    ]);
    expect(ticks('0 2,3 * * *', 'Europe/Berlin', '2026-03-28T21:00:00Z', 2)).toEqual([
      '03-29 03:00 +02:00',
      '03-30 02:00 +02:00',
    ]);
    expect(ticks('0 2,14 * * *', 'Europe/Berlin', '2026-10-24T21:00:00Z', 3)).toEqual([
      '10-25 02:00 +02:00',
      '10-25 14:00 +01:00',
      '10-26 02:00 +01:00',
    ]);
  });

  it('runs once, the first time, if the time exists twice', () => {
    expect(ticks('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '10-25 02:30 +02:00',
      '10-26 02:30 +01:00',
    ]);
    expect(ticks('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 2)).toEqual([
      '11-01 01:30 -04:00',
      '11-02 01:30 -05:00',
    ]);
    expect(ticks('45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T12:00:00Z', 2)).toEqual([
      '04-05 01:45 +11:00',
      '04-06 01:45 +10:30',
    ]);
  });

  it.each([
    ['0 * * * *', 3_600_000],
    ['*/15 * * * *', 900_000],
  ])('%s runs at every real interval, even when the clocks change', (cron, interval) => {
    // In Lord Howe the clocks change by half an hour, which moves the full hours.
    const zones = cron.startsWith('0') ? ['Europe/Berlin', 'America/New_York'] : allZones;
    for (const timezone of zones) {
      for (const day of changes[timezone]!) {
        const timing = { cron, timezone };
        const from = Date.parse(`${day}T00:00:00Z`) - 43_200_000;
        for (let at = from; at < from + 172_800_000; at += interval)
          expect(nextTick(timing, at)).toBe(at + interval);
      }
    }
  });

  it('supports leap days, months of 31 days, and the last day of a month', () => {
    expect(nextTick({ cron: '0 0 29 2 *', timezone: 'UTC' }, Date.parse('2026-01-01'))).toBe(
      Date.parse('2028-02-29'),
    );
    expect(ticks('0 0 31 * *', 'UTC', '2026-01-01T00:00:00Z', 3).map((tick) => tick.slice(0, 5))).toEqual([
      '01-31',
      '03-31',
      '05-31',
    ]);
    expect(ticks('0 0 L * *', 'UTC', '2026-01-01T00:00:00Z', 3).map((tick) => tick.slice(0, 5))).toEqual([
      '01-31',
      '02-28',
      '03-31',
    ]);
  });

  it('matches either day if both are set', () => {
    const days = ticks('0 0 13 * FRI', 'UTC', '2026-09-10T12:00:00Z', 4).map((tick) => tick.slice(0, 5));
    expect(days).toEqual(['09-11', '09-13', '09-18', '09-25']);
  });

  it('accepts a sixth field for seconds before the others', () => {
    expect(ticks('*/20 * * * * *', 'UTC', '2026-01-01T00:00:00Z', 3)).toEqual([
      '01-01 00:00:20 +00:00',
      '01-01 00:00:40 +00:00',
      '01-01 00:01 +00:00',
    ]);
    // In the hour that repeats.
    const last = Date.parse('2026-10-25T00:59:59Z');
    expect(nextTick({ cron: '* * * * * *', timezone: 'Europe/Berlin' }, last)).toBe(last + 1_000);
  });
});

const changes: Record<string, string[]> = {
  'Europe/Berlin': ['2026-03-29', '2026-10-25'],
  'America/New_York': ['2026-03-08', '2026-11-01'],
  'Australia/Lord_Howe': ['2026-04-04', '2026-10-03'],
};
const allZones = Object.keys(changes);

describe('every', () => {
  it('ticks at its multiples since 1970, and after a tick, not at it', () => {
    const timing = resolveTiming({ every: '15m' }, 'a test');
    expect(timing).toEqual({ every: 900_000 });
    const at = Date.parse('2026-05-05T10:07:00Z');
    expect(nextTick(timing, at)).toBe(Date.parse('2026-05-05T10:15:00Z'));
    expect(nextTick(timing, nextTick(timing, at))).toBe(Date.parse('2026-05-05T10:30:00Z'));
  });
});

describe('an invalid schedule is refused with the name of its class', () => {
  it.each<[object, RegExp]>([
    [{ cron: '0 3 * * *', every: '1h' }, /both cron and every/],
    [{ every: '1h', timezone: 'UTC' }, /has a timezone, but every/],
    [{ timezone: 'UTC' }, /neither cron nor every/],
    [{ every: '999ms' }, /Use a duration from 1 s to 365 d/],
    [{ every: '366d' }, /Use a duration from 1 s to 365 d/],
    [{ every: 'hourly' }, /not a duration/],
    [{ cron: '@daily' }, /five fields/],
    [{ cron: '* * * *' }, /five fields/],
    [{ cron: '0 0 0 1 1 * 2030' }, /five fields/],
    [{ cron: 5 }, /five fields/],
    [{ cron: '61 * * * *' }, /minute: 61/],
    [{ cron: 'every day at three o’clock' }, /cannot be read/],
    [{ cron: '0 0 30 2 *' }, /never due/],
    [
      { cron: '0 3 * * *', timezone: 'Europe/Berlim' },
      /timezone is "Europe\/Berlim", which is not a known time zone/,
    ],
    [{ cron: '0 3 * * *', timezone: '+01:00' }, /IANA name/],
  ])('%j', (options, message) => {
    const resolve = (): Timing => resolveTiming(options as ScheduleOptions, '@Job() of ReportJob');
    expect(resolve).toThrow(message);
    expect(resolve).toThrow(/@Job\(\) of ReportJob.*FLEDGE_OPTION_INVALID/s);
  });

  it('an unknown value for missed ticks', () => {
    expect(resolveMissed(undefined, 'x')).toBe('skip');
    expect(() => resolveMissed('all' as 'once', 'x')).toThrow(/'skip' or 'once'.*FLEDGE_OPTION_INVALID/);
  });
});
