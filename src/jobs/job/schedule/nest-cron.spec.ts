import { CronExpression } from '@nestjs/schedule';
import { CronTime } from 'cron';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nextTick } from './timing.js';
import { translateNestCron } from './nest-cron.js';

/** The next ticks of an expression by the package cron, which @nestjs/schedule uses. */
function byNest(expression: string, from: Date, count: number): string[] {
  const time = new CronTime(expression, 'UTC');
  const ticks: string[] = [];
  for (let at = from; ticks.length < count;) {
    at = time.getNextDateFrom(at, 'UTC').toJSDate();
    ticks.push(at.toISOString());
  }
  return ticks;
}

function byFledge(expression: string, from: Date, count: number): string[] {
  const cron = translateNestCron(expression);
  if (cron === undefined) throw new Error(`${expression} was not translated`);
  const ticks: string[] = [];
  for (let at = from.getTime(); ticks.length < count;) {
    at = nextTick({ cron, timezone: 'UTC' }, at);
    ticks.push(new Date(at).toISOString());
  }
  return ticks;
}

const from = new Date('2026-02-13T22:59:58.000Z');

it('has the ticks of @nestjs/schedule for all of its named expressions', () => {
  for (const expression of Object.values(CronExpression))
    expect([expression, ...byFledge(expression, from, 4)]).toEqual([
      expression,
      ...byNest(expression, from, 4),
    ]);
});

it.each([
  '@yearly',
  '@Daily',
  '@weekends',
  '@secondly',
  '5/20 * * * * *',
  '0 5/10,3 * * *',
  '0 0 1/10 * *',
  '0 0 */2 * 1',
  '0 0 13 * fri',
  '0 0 13 * */1',
  '0 0 * * 0-7',
  '0 0 1-31 * MON-WED',
  '0 0 1,15 jan,Jul *',
  '0 0 * * 7',
  '0 0 * * */7',
  '00 09 01 * *',
  '*/7 0-59/1 3 * * 1',
])('has the ticks of @nestjs/schedule for %s', (expression) => {
  expect(byFledge(expression, from, 8)).toEqual(byNest(expression, from, 8));
});

it('has the ticks of @nestjs/schedule for any expression', () => {
  const field = (least: number, most: number): fc.Arbitrary<string> => {
    const value = fc.integer({ min: least, max: most });
    const step = fc.integer({ min: 1, max: most });
    const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
    const one = fc.oneof(
      fc.constant('*'),
      value.map(String),
      range,
      step.map((by) => `*/${by}`),
      fc.tuple(range, step).map(([of, by]) => `${of}/${by}`),
      fc.tuple(value, step).map(([of, by]) => `${of}/${by}`),
    );
    return fc.array(one, { minLength: 1, maxLength: 2 }).map((all) => all.join(','));
  };
  const expressions = fc.tuple(
    field(0, 59),
    field(0, 59),
    field(0, 23),
    field(1, 28),
    field(1, 12),
    field(0, 7),
  );
  fc.assert(
    fc.property(expressions, (parts) => {
      const expression = parts.join(' ');
      expect(byFledge(expression, from, 3)).toEqual(byNest(expression, from, 3));
    }),
    { numRuns: 200 },
  );
});

it.each([
  '',
  '* * *',
  '* * * * * * *',
  '61 * * * *',
  '*/0 * * * *',
  'often',
  '5-1 * * * *',
  '@often',
  '0 0 L * *',
])('does not read %j, as @nestjs/schedule does not', (expression) => {
  expect(translateNestCron(expression)).toBeUndefined();
  expect(() => new CronTime(expression)).toThrow();
});
