import { FledgeError, invalidOption } from '../values/errors.js';
import {
  inventoryBounds,
  jobStates,
  type Inventory,
  type JobFilter,
  type JobPage,
  type JobRecord,
  type JobState,
  type Sweep,
} from '../store/inventory.js';
import type { CancelledJob, CancelNote } from '../store/cancellations.js';
import type { Store } from '../store/store.js';
import { unknownName } from '../values/did-you-mean.js';
import { selectsSubject } from '../job/subjects.js';
import { positiveInteger } from '../values/positive-integer.js';
import { goneJob } from './gone-job.js';

/** One page of jobs. */
export interface JobQuery extends JobFilter {
  /** The maximum number of jobs, from 1 to 1,000. @default 50 */
  readonly limit?: number;
  /** The cursor of the previous page with the same state and filter. @default the beginning */
  readonly cursor?: string;
}

/** The queues to search, and the names under which jobs are stored. */
export interface SearchScope {
  readonly queues: readonly string[];
  /** Returns the names under which jobs of a class are stored. For a name, returns the name itself. */
  namesOf(job: NonNullable<JobFilter['job']>): readonly string[];
  /** Returns whether a name is known to be one of a job class, so that it is not the subject of jobs. */
  isOfClass(name: string): boolean;
}

/** A filter, resolved for callers that iterate themselves. */
export interface JobAim extends Pick<Sweep, 'names' | 'matches'> {
  readonly queues: readonly string[];
}

const usualLimit = 50;
const mostLimit = 1_000;

/** Finds jobs in all their states, over several queues. */
export class JobSearch {
  private readonly inventory: Inventory;

  constructor(
    private readonly store: Pick<Store, 'inventory' | 'cancellations'>,
    private readonly scope: SearchScope,
  ) {
    this.inventory = store.inventory;
  }

  /** Returns one page, which may contain jobs of several queues. */
  async page(
    state: JobState,
    { limit = usualLimit, cursor, queue, ...filter }: JobQuery = {},
  ): Promise<JobPage> {
    checkState(state);
    checkLimit(limit);
    const queues = this.queues(queue);
    const matches = this.matcher(filter);
    const from = cursor === undefined ? { at: 0, inner: undefined } : readCursor(cursor, state, queues);
    let { inner } = from;
    const jobs: JobRecord[] = [];
    for (const name of queues.slice(from.at)) {
      const request = { limit: limit - jobs.length, cursor: inner, matches };
      const page = await this.inventory.page(name, state, request);
      jobs.push(...page.jobs);
      if (page.cursor !== undefined) return { jobs, cursor: writeCursor(state, name, page.cursor) };
      inner = undefined;
    }
    return { jobs };
  }

  /** Yields all jobs, page after page. */
  async *each(state: JobState, filter: JobFilter = {}): AsyncGenerator<JobRecord, void> {
    for await (const page of this.slices(state, filter)) yield* page;
  }

  /** Yields all jobs in slices of at most a hundred. A slice may be empty. */
  async *slices(state: JobState, filter: JobFilter): AsyncGenerator<JobRecord[], void> {
    let cursor: string | undefined;
    do {
      const query = { ...filter, limit: inventoryBounds.slice, ...(cursor === undefined ? {} : { cursor }) };
      const page: JobPage = await this.page(state, query);
      yield page.jobs;
      // With a cursor that stays the same, the loop would never end.
      cursor = page.cursor === cursor ? undefined : page.cursor;
    } while (cursor !== undefined);
  }

  /** Resolves a filter to queues, stored names, and a predicate for what only the whole job shows. */
  aim(state: JobState, { queue, job, error }: JobFilter): JobAim {
    checkState(state);
    const queues = this.queues(queue);
    // The store finds jobs of a class by their names. For all else it must read whole jobs.
    if (job === undefined || this.maySelectSubject(job))
      return { queues, names: undefined, matches: this.matcher({ job, error }) };
    return { queues, names: this.scope.namesOf(job), matches: this.matcher({ error }) };
  }

  async find(id: string): Promise<JobRecord | undefined> {
    checkId(id);
    const found = await Promise.all(this.scope.queues.map((queue) => this.inventory.find(queue, id)));
    return found.find((job) => job !== undefined);
  }

  /** Removes a job that is kept to follow another one. It is in no state yet. */
  async dropFollower(id: string, note: CancelNote): Promise<boolean> {
    const dropped = await Promise.all(
      this.scope.queues.map((queue) => this.inventory.dropFollower(queue, id, note)),
    );
    return dropped.includes(true);
  }

  /** Finds a job that was cancelled and deleted. */
  async cancelled(id: string): Promise<CancelledJob | undefined> {
    checkId(id);
    return this.store.cancellations.find(id);
  }

  /** @throws FledgeError `FLEDGE_JOB_GONE` */
  async require(id: string): Promise<JobRecord> {
    const job = await this.find(id);
    if (job) return job;
    throw goneJob(id, this.scope.queues, await this.cancelled(id));
  }

  async logs(id: string): Promise<string[]> {
    const { queue } = await this.require(id);
    return this.inventory.logs(queue, id);
  }

  /** @throws FledgeError `FLEDGE_QUEUE_UNDECLARED` */
  requireQueue(queue: string): string {
    const { queues } = this.scope;
    if (queues.includes(queue)) return queue;
    throw new FledgeError(
      'FLEDGE_QUEUE_UNDECLARED',
      `${unknownName('queue', queue, queues)} Or declare it in JobsModule.forRoot({ queues }).`,
    );
  }

  /** Returns the queue, or all declared queues. */
  queues(queue?: string): readonly string[] {
    return queue === undefined ? this.scope.queues : [this.requireQueue(queue)];
  }

  private matcher({ job, error }: JobFilter): ((job: JobRecord) => boolean) | undefined {
    if (job === undefined && error === undefined) return undefined;
    checkFilter({ job, error });
    const isSelected = job === undefined ? () => true : this.selectorOf(job);
    return (record) => isSelected(record) && (error === undefined || failedWith(record, error));
  }

  private selectorOf(job: NonNullable<JobFilter['job']>): (job: JobRecord) => boolean {
    const names = new Set(this.scope.namesOf(job));
    if (!this.maySelectSubject(job)) return ({ name }) => names.has(name);
    return ({ name, subject }) => names.has(name) || selectsSubject(job, subject);
  }

  private maySelectSubject(job: NonNullable<JobFilter['job']>): job is string {
    return typeof job === 'string' && !this.scope.isOfClass(job);
  }
}

function failedWith({ error }: JobRecord, text: string): boolean {
  if (!error) return false;
  return error.name === text || error.code === text || error.message.includes(text);
}

/** An empty text would match every job, and so discard every job. The caller does not mean that. */
function checkFilter(filter: Pick<JobFilter, 'job' | 'error'>): void {
  for (const [name, value] of Object.entries(filter)) {
    if (value !== '') continue;
    throw invalidOption(`${name} is ''. Pass a value, or omit it.`);
  }
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
function checkState(state: JobState): void {
  if (!jobStates.includes(state)) throw invalidOption(unknownName('job state', String(state), jobStates));
}

function checkLimit(limit: number): void {
  if (positiveInteger(limit, 'limit') <= mostLimit) return;
  throw invalidOption(
    `limit is ${limit}. Use at most ${mostLimit} and pass the page's cursor to the next call, or use each().`,
  );
}

function checkId(id: unknown): void {
  if (typeof id === 'string' && id !== '') return;
  throw invalidOption(`The job's id is ${JSON.stringify(id)}. Pass a non-empty string.`);
}

function writeCursor(state: JobState, queue: string, inner: string): string {
  return Buffer.from(JSON.stringify([state, queue, inner])).toString('base64url');
}

function readCursor(
  cursor: string,
  state: JobState,
  queues: readonly string[],
): { at: number; inner: string } {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const [of, queue, inner]: unknown[] = Array.isArray(parts) ? parts : [];
    const at = queues.findIndex((name) => name === queue);
    if (of === state && at !== -1 && typeof inner === 'string') return { at, inner };
  } catch {
    // It is not JSON.
  }
  throw invalidOption(
    `Invalid cursor for a page of ${state} jobs with this filter. Pass the cursor of the previous page with the same state and filter, or omit it to start over.`,
  );
}
