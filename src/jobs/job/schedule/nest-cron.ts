/*
 * @nestjs/schedule parses expressions with the package cron, whose dialect differs from croner's in some forms. This file
 * rewrites those forms and leaves every other expression as it is.
 */

/** The presets of the package cron. */
const presets: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@hourly': '0 * * * *',
  '@minutely': '* * * * *',
  '@secondly': '* * * * * *',
  '@weekdays': '0 0 * * 1-5',
  '@weekends': '0 0 * * 0,6',
};

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

interface Field {
  readonly least: number;
  readonly most: number;
  /** How many different values the field has. Sunday is both 0 and 7. */
  readonly values: number;
}

/** The fields from the second on. */
const fields: readonly Field[] = [
  { least: 0, most: 59, values: 60 },
  { least: 0, most: 59, values: 60 },
  { least: 0, most: 23, values: 24 },
  { least: 1, most: 31, values: 31 },
  { least: 1, most: 12, values: 12 },
  { least: 0, most: 7, values: 7 },
];
const [dayOfMonth, dayOfWeek] = [3, 5];

/**
 * Rewrites an expression of @nestjs/schedule for Fledge, which uses croner. The result is due at the same times, except that
 * Fledge has its own rules for the days on which the clocks change.
 *
 * @returns undefined if the package cron cannot read the expression either
 */
export function translateNestCron(expression: string): string | undefined {
  const lower = expression.toLowerCase().trim();
  const texts = (presets[lower] ?? lower).replace(/[a-z]+/g, numberOf).split(/\s+/);
  if (texts.length !== 5 && texts.length !== 6) return undefined;
  const first = fields.length - texts.length;
  const parsed = texts.map((text, i) => parse(text, fields[first + i]));
  const read = parsed.flatMap((values) => values ?? []);
  if (read.length < parsed.length) return undefined;
  const days = [read[dayOfMonth - first], read[dayOfWeek - first]];
  // With both a day of the month and a day of the week, one of them has to match. croner takes a step for a wildcard there.
  const hasBothDays = days.every((values) => values?.isAll === false);
  return texts
    .map((text, i) => {
      const values = read[i];
      if (values === undefined || values.isAll) return '*';
      const isDay = first + i === dayOfMonth || first + i === dayOfWeek;
      return hasBothDays && isDay ? values.list.join(',') : withEnds(text, fields[first + i]);
    })
    .join(' ');
}

interface Values {
  readonly list: readonly number[];
  /** True if the field restricts nothing. */
  readonly isAll: boolean;
}

function parse(text: string, field: Field | undefined): Values | undefined {
  if (!field) return undefined;
  const found = new Set<number>();
  for (const range of text.replaceAll('*', `${field.least}-${field.most}`).split(',')) {
    const values = valuesOf(range, field);
    if (!values) return undefined;
    for (const value of values) found.add(field.most === 7 && value === 7 ? 0 : value);
  }
  return { list: [...found].toSorted((a, b) => a - b), isAll: found.size === field.values };
}

function valuesOf(range: string, { least, most }: Field): number[] | undefined {
  const [, from, to, by] = /^(\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(range) ?? [];
  if (from === undefined) return undefined;
  const start = Number(from);
  const step = Number(by ?? 1);
  const end = to === undefined ? (by === undefined ? start : most) : Number(to);
  if (start < least || end > most || start > end || step < 1) return undefined;
  return Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, i) => start + i * step);
}

/** `5/10` means "from 5 to the end, every 10". croner wants the end. */
function withEnds(text: string, field: Field | undefined): string {
  const parts = text.split(',');
  return parts
    .map((part) => (/^\d+\/\d+$/.test(part) ? part.replace('/', `-${field?.most}/`) : part))
    .join(',');
}

/** The name of a month or a day of the week as a number. Other words stay, and cannot be read. */
function numberOf(word: string): string {
  if (months.includes(word)) return String(months.indexOf(word) + 1);
  return weekdays.includes(word) ? String(weekdays.indexOf(word)) : word;
}
