import type { PausedState } from '../../../jobs/index.js';
import { printable } from '../../../jobs/values/printable.js';
import type { Line } from '../../shell/output.js';
import { table, type Column } from '../../shell/table.js';
import { wrap } from '../../shell/text.js';
import { distance } from '../../shell/times.js';

export function pausedTable(paused: readonly PausedState[], now: number, width: number | undefined): Line[] {
  const columns: readonly Column<PausedState>[] = [
    { title: 'PAUSED', cell: ({ kind }) => kind },
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'SINCE', cell: ({ since }) => since && distance(since, now), narrow: 'below' },
    { title: 'FROM HOST', cell: ({ host }) => host, least: 10, narrow: 'below' },
  ];
  return table(paused, columns, width);
}

/** Returns lines that remind an operator of what is paused, to print below another table. */
export function pausedNotice(
  paused: readonly PausedState[],
  now: number,
  width: number | undefined,
): string[] {
  if (paused.length === 0) return [];
  const list = paused.map(({ kind, name, since }) => {
    const what = kind === 'queue' ? `queue ${name}` : `jobs of ${name}`;
    return since ? `${what} (${distance(since, now)})` : what;
  });
  const text = `Paused: ${list.join(', ')}. To resume, run fledge resume queue <name> or fledge resume job <name>.`;
  return ['', ...wrap(printable(text), width)];
}

/** JSON has no undefined. */
export function pausedJson({ kind, name, since = null, host = null }: Nullable<PausedState>): object {
  return { kind, name, since, host };
}

type Nullable<T> = { readonly [K in keyof T]: T[K] | null };
