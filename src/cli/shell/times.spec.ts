import { afterEach, describe, expect, it } from 'vitest';
import { distance, isoTime, moment, readMoment } from './times.js';

const zone = process.env.TZ;
afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

describe('moment', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29T00:59:59Z', '2026-03-29 01:59:59 +01:00'],
    // The clocks have changed.
    ['Europe/Berlin', '2026-03-29T01:00:00Z', '2026-03-29 03:00:00 +02:00'],
    ['America/St_Johns', '2026-01-01T00:00:00Z', '2025-12-31 20:30:00 -03:30'],
    ['Asia/Kathmandu', '2026-01-01T00:00:00Z', '2026-01-01 05:45:00 +05:45'],
    ['UTC', '2026-01-01T00:00:00Z', '2026-01-01 00:00:00 +00:00'],
  ])('in %s, %s is %s', (timeZone, time, expected) => {
    process.env.TZ = timeZone;
    expect(moment(new Date(time), false)).toBe(expected);
    expect(moment(new Date(time), true)).toBe(`${time.slice(0, 10)} ${time.slice(11)}`);
  });

  it('shows an invalid time as unknown', () => expect(moment(new Date(NaN), false)).toBe('unknown'));
});

describe('readMoment', () => {
  it.each([
    ['2027-03-29T03:00', '2027-03-29T01:00:00.000Z'],
    ['2027-01-29 03:00:05', '2027-01-29T02:00:05.000Z'],
    ['2027-03-29T03:00Z', '2027-03-29T03:00:00.000Z'],
    ['2027-03-29 03:00:00Z', '2027-03-29T03:00:00.000Z'],
    ['2027-03-29 03:00:00 +05:45', '2027-03-28T21:15:00.000Z'],
    ['2027-03-29T03:00:00.250-03:30', '2027-03-29T06:30:00.250Z'],
  ])('reads %s', (typed, expected) => {
    process.env.TZ = 'Europe/Berlin';
    expect(readMoment(typed, '--at').toISOString()).toBe(expected);
  });

  it.each([
    '',
    'tomorrow',
    '2027-03-29',
    '2027-02-30T10:00',
    '2027-13-01T10:00Z',
    '2027-03-29T25:00',
    '2027-03-29T24:00',
    '2027-03-29T03:60',
    '29.03.2027 10:00',
  ])('refuses %j', (typed) =>
    expect(() => readMoment(typed, '--at')).toThrow('--at is not a valid time. Use 2027-03-29T03:00'),
  );
});

describe('distance and isoTime', () => {
  it('write a time from now, and for JSON', () => {
    const now = Date.UTC(2026, 0, 1);
    expect(distance(new Date(now + 90_000), now)).toBe('in 1.5 min');
    expect(distance(new Date(now - 3 * 3_600_000), now)).toBe('3 h ago');
    expect(distance(new Date(now), now)).toBe('0 ms ago');
    expect(isoTime(now)).toBe('2026-01-01T00:00:00.000Z');
    expect(isoTime(NaN)).toBeNull();
  });
});
