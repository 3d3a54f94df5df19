import type { Check, CheckStatus, Diagnosis } from '../../../jobs/index.js';
import { printable } from '../../../jobs/values/printable.js';
import type { Colour, Line, Painted } from '../../shell/output.js';
import { fill, hang, widthOf } from '../../shell/text.js';

const marks: Readonly<Record<CheckStatus, string>> = { ok: '✓', warning: '!', error: '✗', unknown: '?' };
const colours: Readonly<Record<CheckStatus, Colour>> = {
  ok: 'green',
  warning: 'yellow',
  error: 'red',
  unknown: 'grey',
};
const severest: readonly CheckStatus[] = ['error', 'warning', 'unknown'];

/**
 * Formats a diagnosis for people: a line for each check, then the fixes of the worst problems first, then the counts.
 * @param width of the terminal, in columns; undefined for lines that are not broken
 */
export function report(diagnosis: Diagnosis, width: number | undefined): Line[] {
  const { store, errors, warnings } = diagnosis;
  const checks = diagnosis.checks.map(asPrinted);
  const longest = Math.max(...checks.map(({ name }) => widthOf(name)));
  const lines = checks.flatMap((check) => row(check, longest, width));
  const fixes = severest.flatMap((status) => fixesOf(checks, status, width));
  const sum = `${plural(errors, 'error')}, ${plural(warnings, 'warning')}`;
  return [store, '', ...lines, ...fixes, '', sum];
}

/** Columns and line breaks are computed from the text as it is printed. */
function asPrinted(check: Check): Check {
  return {
    ...check,
    name: printable(check.name),
    found: printable(check.found),
    ...(check.fix && { fix: printable(check.fix) }),
  };
}

function row({ name, status, found }: Check, longest: number, width: number | undefined): Line[] {
  const [first = '', ...rest] = hang(`${marks[status]} ${name}${fill(name, longest)}  `, found, width);
  return [[painted(marks[status], status), first.slice(1)], ...rest];
}

/** Checks with the same fix share it, such as a missing permission. */
function fixesOf(checks: readonly Check[], status: CheckStatus, width: number | undefined): Line[] {
  const groups = new Map<string, { readonly code: Check['code']; readonly names: string[] }>();
  for (const { name, code, fix, status: found } of checks) {
    if (found !== status || fix === undefined) continue;
    const group = groups.get(fix) ?? { code, names: [] };
    group.names.push(name);
    groups.set(fix, group);
  }
  return [...groups].flatMap(([fix, { code, names }]) => {
    const [head = '', ...rest] = hang(`${marks[status]} `, `${names.join(', ')} [${code}]`, width);
    return ['', [painted(head, status)], ...rest, ...hang('    ', fix, width)];
  });
}

function painted(text: string, status: CheckStatus): Painted {
  return { text, colour: colours[status] };
}

const plural = (count: number, what: string): string => `${count} ${count === 1 ? what : `${what}s`}`;
