import type { JobState } from '../../jobs/index.js';
import { withInventory, type RemoteInventory, type StoreTarget } from '../../jobs/internals.js';
import { titleOf } from '../../jobs/job/subjects.js';
import { exit, type ExitCode, type Output } from '../shell/command.js';
import { requireComplete } from '../shell/incomplete.js';
import { listOf } from '../shell/list.js';
import { table, type Column } from '../shell/table.js';
import type { JobListQuery } from './job-pages.js';

/** How many jobs of a class are on a queue, by state. */
interface ClassCount {
  readonly job: string;
  readonly queue: string;
  /** The counts of the states that were asked for. */
  readonly states: Readonly<Record<string, number>>;
}

interface Counts {
  /** The most frequent class first. */
  readonly classes: readonly ClassCount[];
  /** How many jobs were counted. */
  readonly counted: number;
  /** True if there are more jobs than were counted. */
  readonly more: boolean;
}

/** Counts jobs by class and prints the counts. A mail counts by its mailer and action. */
export async function countJobs(
  query: JobListQuery,
  { url, output, none }: { readonly url: StoreTarget; readonly output: Output; readonly none: string },
): Promise<ExitCode> {
  const { classes, counted, more, complete } = await withInventory(
    url,
    output.env,
    async ({ search, complete }) => ({ ...(await countsOf(search, query)), complete }),
    query.filter.queue,
  );
  output.show({ ...listOf(classes), counted, more }, () => {
    if (classes.length === 0) return none;
    const rest = `Only the first ${counted} jobs were counted. Raise --limit, or filter with --queue, --job or --error.`;
    return [...table(classes, columnsFor(query.states), output.width), ...(more ? ['', rest] : [])];
  });
  requireComplete(complete);
  return exit.ok;
}

async function countsOf(
  search: RemoteInventory['search'],
  { states, filter, limit }: JobListQuery,
): Promise<Counts> {
  const counts = new Map<string, ClassCount>();
  const classes = (): ClassCount[] => [...counts.values()].toSorted((a, b) => totalOf(b) - totalOf(a));
  const none: Readonly<Record<string, number>> = Object.fromEntries(states.map((state) => [state, 0]));
  let counted = 0;
  for (const state of states) {
    for await (const job of search.each(state, filter)) {
      if (counted === limit) return { classes: classes(), counted, more: true };
      counted += 1;
      const key = JSON.stringify([titleOf(job), job.queue]);
      const before = counts.get(key)?.states ?? none;
      const after = { ...before, [state]: (before[state] ?? 0) + 1 };
      counts.set(key, { job: titleOf(job), queue: job.queue, states: after });
    }
  }
  return { classes: classes(), counted, more: false };
}

const totalOf = ({ states }: ClassCount): number => Object.values(states).reduce((sum, one) => sum + one, 0);

function columnsFor(states: readonly JobState[]): Column<ClassCount>[] {
  return [
    { title: 'JOB', cell: ({ job }) => job, least: 12 },
    { title: 'QUEUE', cell: ({ queue }) => queue, least: 8 },
    ...states.map((state): Column<ClassCount> => ({
      title: state.toUpperCase(),
      cell: (count) => String(count.states[state] ?? 0),
      align: 'right',
      narrow: 'below',
    })),
  ];
}
