import type { Check, CheckStatus, Diagnosis } from '../jobs/index.js';
import { printable } from '../jobs/values/printable.js';
import { hang } from './table.js';

interface Look {
  /** The terminal's width; undefined: no line is broken. */
  readonly width: number | undefined;
  readonly colours: boolean;
}

const marks: Readonly<Record<CheckStatus, string>> = { ok: '✓', warning: '!', error: '✗', unknown: '?' };
/** Codes of the terminal's colours. */
const colours: Readonly<Record<CheckStatus, number>> = { ok: 32, warning: 33, error: 31, unknown: 90 };
const severest: readonly CheckStatus[] = ['error', 'warning', 'unknown'];

/** A diagnosis for people: a line for each check, then the cures, worst first, then the sum. */
export function report(diagnosis: Diagnosis, look: Look): string {
  const { store, errors, warnings } = diagnosis;
  const checks = diagnosis.checks.map(clean);
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap((check) => row(check, width, look));
  const cures = severest.flatMap((status) => curesOf(checks, status, look));
  const sum = `${plural(errors, 'error')}, ${plural(warnings, 'warning')}`;
  return [store, '', ...lines, ...cures, '', sum].join('\n');
}

/** Queues' names and errors come from the server. */
function clean(check: Check): Check {
  return {
    ...check,
    name: printable(check.name),
    found: printable(check.found),
    ...(check.fix && { fix: printable(check.fix) }),
  };
}

function row({ name, status, found }: Check, width: number, look: Look): string[] {
  const [first = '', ...rest] = hang(`${marks[status]} ${name.padEnd(width)}  `, found, look.width);
  return [paint(marks[status], status, look) + first.slice(1), ...rest];
}

/** Checks with the same cure, such as a right that is missing, share it. */
function curesOf(checks: readonly Check[], status: CheckStatus, look: Look): string[] {
  const groups = new Map<string, Check[]>();
  for (const check of checks) {
    if (check.status !== status || check.fix === undefined) continue;
    groups.set(check.fix, [...(groups.get(check.fix) ?? []), check]);
  }
  return [...groups].flatMap(([fix, [first, ...others]]) => {
    const names = [first!, ...others].map(({ name }) => name).join(', ');
    const [head = '', ...rest] = hang(`${marks[status]} `, `${names} [${first!.code}]`, look.width);
    return ['', paint(head, status, look), ...rest, ...hang('    ', fix, look.width)];
  });
}

function paint(text: string, status: CheckStatus, look: Look): string {
  return look.colours ? `\u001b[${colours[status]}m${text}\u001b[39m` : text;
}

const plural = (count: number, what: string): string => `${count} ${count === 1 ? what : `${what}s`}`;
