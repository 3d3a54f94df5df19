import type { JobFilter, JobRecord, JobState } from '../../jobs/index.js';
import type { RemoteInventory } from '../../jobs/internals.js';
import { UsageError } from '../shell/command.js';

type Search = RemoteInventory['search'];

/** Which jobs to list. */
export interface JobListQuery {
  readonly states: readonly JobState[];
  readonly filter: JobFilter;
  readonly limit: number;
  /** Where the page begins, as `next` of the page before. */
  readonly cursor?: string | undefined;
}

/** A place in the lists of several states, one after the other. */
interface Place {
  readonly state: JobState;
  /** Undefined for the first job in this state. */
  readonly inner: string | undefined;
}

/** The most jobs that the search returns at once. */
const slice = 1_000;

/**
 * Lists the jobs in several states, state by state.
 * @throws UsageError for an invalid cursor
 */
export async function pageOfJobs(
  search: Search,
  query: JobListQuery,
): Promise<{ readonly jobs: JobRecord[]; readonly next: string | null }> {
  const { jobs, place } = await collect(search, query, readCursor(query));
  if (place === undefined) return { jobs, next: null };
  // A full page may be the last one.
  const following = await collect(search, { ...query, limit: 1 }, place);
  return { jobs, next: following.jobs.length > 0 ? `${place.state}.${place.inner ?? ''}` : null };
}

/** Collects up to `limit` jobs. Returns the place behind them if there may be more. */
async function collect(
  search: Search,
  { states, filter, limit }: JobListQuery,
  from: Place | undefined,
): Promise<{ readonly jobs: JobRecord[]; readonly place: Place | undefined }> {
  const jobs: JobRecord[] = [];
  let place = from ?? startOf(states[0]);
  while (place !== undefined && jobs.length < limit) {
    const { state, inner }: Place = place;
    const size = Math.min(slice, limit - jobs.length);
    const page = await search.page(state, {
      ...filter,
      limit: size,
      ...(inner !== undefined && { cursor: inner }),
    });
    jobs.push(...page.jobs);
    place =
      page.cursor === undefined ? startOf(states[states.indexOf(state) + 1]) : { state, inner: page.cursor };
  }
  return { jobs, place };
}

const startOf = (state: JobState | undefined): Place | undefined => state && { state, inner: undefined };

function readCursor({ cursor, states }: JobListQuery): Place | undefined {
  if (cursor === undefined) return undefined;
  const dot = cursor.indexOf('.');
  const state = states.find((one) => one === cursor.slice(0, dot));
  if (state) return { state, inner: cursor.slice(dot + 1) || undefined };
  throw new UsageError('--cursor is not valid here. Pass "next" of the page before, with the same filters.');
}

/** The flags that select jobs. */
export const jobFlags = {
  queue: { type: 'string', value: 'queue', help: 'only jobs in this queue' },
  job: {
    type: 'string',
    value: 'name',
    help: 'only jobs of this class, by its stored name. For mails also the mailer, or the mailer and action: UserMailer or UserMailer.welcome',
  },
  error: {
    type: 'string',
    value: 'text',
    help: 'only jobs that failed with this error: its class name, its code, or a part of its message',
  },
} as const;

/** The flags of a list of jobs. */
export const jobListFlags = {
  ...jobFlags,
  limit: { type: 'string', value: 'n', help: 'how many jobs to list. Default: 50' },
  cursor: { type: 'string', value: 'next', help: 'continues after the page with this "next"' },
  utc: { type: 'boolean', help: "prints times in UTC. Default: this machine's time zone" },
} as const;

type FilterValues = { readonly [Name in keyof typeof jobFlags]?: string | undefined };

export function filterOf({ queue, job, error }: FilterValues): JobFilter {
  return {
    ...(queue !== undefined && { queue }),
    ...(job !== undefined && { job }),
    ...(error !== undefined && { error }),
  };
}
