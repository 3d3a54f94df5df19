import type { Aspect } from './aspects.js';
import type { Difference } from './matching.js';

/** What a matcher or an assertion asks of what was recorded. */
export interface Question<Record> {
  /** What it is about: `ImportCsvJob`, `UserMailer.welcome`, `a mail`. */
  readonly subject: string;
  readonly verb: 'enqueued' | 'performed' | 'delivered';
  /** All that it may be. */
  readonly records: readonly Record[];
  /** Whether it is of the class that is asked for. Others are shown, and not looked into. */
  readonly isKind: (record: Record) => boolean;
  readonly aspects: readonly Aspect<Record>[];
  /** Undefined: at least one. */
  readonly times: number | undefined;
  /** A record on one line. */
  readonly describe: (record: Record) => string;
  /** What may be the reason, when it is not as expected. */
  readonly hints: () => readonly string[];
}

/** The answer, for whatever test framework asks. */
export interface Check {
  readonly pass: boolean;
  /** Why it fails: when `pass`, for whoever expected the opposite. */
  readonly message: () => string;
  /** What was expected, and the same of the nearest record. */
  readonly expected: unknown;
  readonly actual: unknown;
}

interface Compared<Record> {
  readonly record: Record;
  readonly isKind: boolean;
  readonly differences: readonly Difference[];
}

/** How many records, and differences of each, a message shows. */
const shown = 5;

export function check<Record>(question: Question<Record>): Check {
  const compared = nearestFirst(question);
  const found = compared.filter(({ isKind, differences }) => isKind && differences.length === 0);
  const { times, aspects } = question;
  const pass = times === undefined ? found.length > 0 : found.length === times;
  const nearest = compared.find(({ isKind }) => isKind);
  return {
    pass,
    message: () => (pass ? unexpected(question, found) : missing(question, compared, found.length)),
    expected: {
      ...Object.fromEntries(aspects.map(({ name, wanted }) => [name, wanted])),
      ...(times === undefined ? {} : { times }),
    },
    actual: nearest && {
      ...Object.fromEntries(aspects.map(({ name, valueOf }) => [name, valueOf(nearest.record)])),
      ...(times === undefined ? {} : { times: found.length }),
    },
  };
}

/** The class that is asked for first, then what differs least, then as they were recorded. */
function nearestFirst<Record>({ records, isKind, aspects }: Question<Record>): Compared<Record>[] {
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
    const instead = found > 0 ? `It ${be(verb)} ${verb} ${often(found)}. All` : `${capital(verb)} instead`;
    lines.push(`${instead}, nearest first (✗ marks what differs):`, ...list(question, compared));
  }
  const why = found < (times ?? 1) ? hints() : [];
  if (why.length > 0) lines.push('', ...why.map((hint) => `Hint: ${hint}`));
  return lines.join('\n');
}

function unexpected<Record>(question: Question<Record>, found: readonly Compared<Record>[]): string {
  const { subject, verb } = question;
  const expected = `Expected ${subject} not to be ${verb}${wanted(question)}`;
  if (found.length === 0) return `${expected}\n\nIt ${be(verb)} not.`;
  return [expected, '', `It ${be(verb)} ${verb} ${often(found.length)}:`, ...list(question, found)].join(
    '\n',
  );
}

/** ` twice with`, and a line for each aspect. */
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

/** What is enqueued still is. */
function be(verb: Question<never>['verb']): string {
  return verb === 'enqueued' ? 'is' : 'was';
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
