import type { Aspect } from './aspects.js';
import type { Difference } from './matching.js';

/** A question that a matcher or an assertion asks about the records. */
export interface Question<Record> {
  /** The subject of the message: `ImportCsvJob`, `UserMailer.welcome` or `a mail`. */
  readonly subject: string;
  readonly verb: 'enqueued' | 'performed' | 'delivered';
  /** All records that could match. */
  readonly records: readonly Record[];
  /** Returns whether a record belongs to the expected class. The message lists other records without their differences. */
  readonly isKind: (record: Record) => boolean;
  readonly aspects: readonly Aspect<Record>[];
  /** The expected number of matches. Undefined for at least one. */
  readonly times: number | undefined;
  /** Describes a record on one line. */
  readonly describe: (record: Record) => string;
  /** Returns possible reasons of a failure. */
  readonly hints: () => readonly string[];
}

/** The answer, for any test framework. */
export interface Check {
  readonly pass: boolean;
  /** Explains the failure. If `pass` is true, it explains the failure of the negated assertion. */
  readonly message: () => string;
  /** The expected values, and the same values of the closest record. */
  readonly expected: unknown;
  readonly actual: unknown;
}

interface Compared<Record> {
  readonly record: Record;
  readonly isKind: boolean;
  readonly differences: readonly Difference[];
}

/** How many records a message shows, and how many differences of each record. */
const shown = 5;

export function check<Record>(question: Question<Record>): Check {
  const compared = closestFirst(question);
  const found = compared.filter(({ isKind, differences }) => isKind && differences.length === 0);
  const { times, aspects } = question;
  const pass = times === undefined ? found.length > 0 : found.length === times;
  const closest = compared.find(({ isKind }) => isKind);
  return {
    pass,
    message: () => (pass ? unexpected(question, found) : missing(question, compared, found.length)),
    expected: {
      ...Object.fromEntries(aspects.map(({ name, wanted }) => [name, wanted])),
      ...(times === undefined ? {} : { times }),
    },
    actual: closest && {
      ...Object.fromEntries(aspects.map(({ name, valueOf }) => [name, valueOf(closest.record)])),
      ...(times === undefined ? {} : { times: found.length }),
    },
  };
}

/** Sorts records of the expected class first, then by the number of differences, then by their order in the test. */
function closestFirst<Record>({ records, isKind, aspects }: Question<Record>): Compared<Record>[] {
  return records
    .map((record) => {
      if (!isKind(record)) return { record, isKind: false, differences: [] };
      return { record, isKind: true, differences: aspects.flatMap((aspect) => aspect.differences(record)) };
    })
    .sort((a, b) => Number(b.isKind) - Number(a.isKind) || a.differences.length - b.differences.length);
}

function missing<Record>(
  question: Question<Record>,
  compared: readonly Compared<Record>[],
  found: number,
): string {
  const { subject, verb, times, hints } = question;
  const lines = [`Expected ${subject} to be ${verb}${wanted(question)}`, ''];
  if (compared.length === 0) lines.push(`Nothing ${be(verb)} ${verb}.`);
  else {
    const records =
      found > 0 ? `It ${be(verb)} ${verb} ${often(found)}. Everything ${verb}` : `${capital(verb)} instead`;
    lines.push(`${records}, closest match first (✗ marks a difference):`, ...list(question, compared));
  }
  const reasons = found < (times ?? 1) ? hints() : [];
  if (reasons.length > 0) lines.push('', ...reasons.map((hint) => `Hint: ${hint}`));
  return lines.join('\n');
}

function unexpected<Record>(question: Question<Record>, found: readonly Compared<Record>[]): string {
  const { subject, verb } = question;
  const expected = `Expected ${subject} not to be ${verb}${wanted(question)}`;
  if (found.length === 0) return `${expected}\n\nIt ${be(verb)} not ${verb}.`;
  return [expected, '', `It ${be(verb)} ${verb} ${often(found.length)}:`, ...list(question, found)].join(
    '\n',
  );
}

/** Returns ` 2 times with`, and a line for each aspect. */
function wanted<Record>({ times, aspects }: Question<Record>): string {
  const count = times === undefined ? '' : ` ${often(times)}`;
  if (aspects.length === 0) return `${count}.`;
  return [`${count} with`, ...aspects.map(({ name, expected }) => `  ${name}: ${expected}`)].join('\n');
}

function list<Record>({ describe }: Question<Record>, compared: readonly Compared<Record>[]): string[] {
  const lines = compared
    .slice(0, shown)
    .flatMap(({ record, isKind, differences }, i) => [
      `  ${i + 1}. ${isKind ? '' : '✗ '}${describe(record)}`,
      ...differences
        .slice(0, shown)
        .map(({ path, actual, expected }) => `     ✗ ${path}: ${actual}, expected ${expected}`),
      ...(differences.length > shown ? [`     and ${differences.length - shown} more`] : []),
    ]);
  return compared.length > shown ? [...lines, `  and ${compared.length - shown} more`] : lines;
}

function often(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** An enqueued job is still enqueued, so its message is in the present tense. */
function be(verb: Question<never>['verb']): string {
  return verb === 'enqueued' ? 'is' : 'was';
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
