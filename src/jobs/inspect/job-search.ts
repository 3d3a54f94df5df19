import { FledgeError } from '../values/errors.js';
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
import { didYouMean } from '../values/did-you-mean.js';
import { positiveInteger } from '../values/positive-integer.js';
import { looksLikeUrl, quoted } from '../values/quoted.js';

/** One page of jobs. */
export interface JobQuery extends JobFilter {
  /** How many jobs at most; 1 to 1,000. @default 50 */
  readonly limit?: number;
  /** As an earlier page gave it, with the same state and filter. @default the beginning */
  readonly cursor?: string;
}

/** Where jobs are looked for, and under which names. */
export interface SearchScope {
  readonly queues: readonly string[];
  /** The names under which jobs of a class are stored; of a name, itself. */
  namesOf(job: NonNullable<JobFilter['job']>): readonly string[];
}

/** What a filter means. */
export interface JobAim extends Pick<Sweep, 'names' | 'matches'> {
  readonly queues: readonly string[];
}

const usualLimit = 50;
const mostLimit = 1_000;

/** Finds jobs in all their states, over several queues. */
export class JobSearch {
  constructor(
    private readonly inventory: Inventory,
    private readonly scope: SearchScope,
  ) {}

  /** One page: queue after queue. */
  async page(
    state: JobState,
    { limit = usualLimit, cursor, queue, ...filter }: JobQuery = {},
  ): Promise<JobPage> {
    checkState(state);
    checkLimit(limit);
    const queues = this.queues(queue);
    const matches = this.matcher(filter);
    let { at, inner } =
      cursor === undefined ? { at: 0, inner: undefined } : readCursor(cursor, state, queues);
    const jobs: JobRecord[] = [];
    for (; at < queues.length; at++) {
      const request = { limit: limit - jobs.length, cursor: inner, matches };
      const page = await this.inventory.page(queues[at]!, state, request);
      jobs.push(...page.jobs);
      if (page.cursor !== undefined) return { jobs, cursor: writeCursor(state, queues[at]!, page.cursor) };
      inner = undefined;
    }
    return { jobs };
  }

  /** All of them, page after page. */
  async *each(state: JobState, filter: JobFilter = {}): AsyncGenerator<JobRecord, void> {
    for await (const page of this.slices(state, filter)) yield* page;
  }

  /** The same in slices of at most a hundred, which may be empty. */
  async *slices(state: JobState, filter: JobFilter): AsyncGenerator<JobRecord[], void> {
    let cursor: string | undefined;
    do {
      const query = { ...filter, limit: inventoryBounds.slice, ...(cursor === undefined ? {} : { cursor }) };
      const page: JobPage = await this.page(state, query);
      yield page.jobs;
      // A cursor that does not move on would be asked for forever.
      cursor = page.cursor === cursor ? undefined : page.cursor;
    } while (cursor !== undefined);
  }

  /** Resolves a filter to queues, stored names, and what only a whole job can tell. */
  aim(state: JobState, { queue, job, error }: JobFilter): JobAim {
    checkState(state);
    checkFilter({ job, error });
    return {
      queues: this.queues(queue),
      names: job === undefined ? undefined : this.scope.namesOf(job),
      matches: error === undefined ? undefined : (record) => failedWith(record, error),
    };
  }

  async find(id: string): Promise<JobRecord | undefined> {
    checkId(id);
    const found = await Promise.all(this.scope.queues.map((queue) => this.inventory.find(queue, id)));
    return found.find((job) => job !== undefined);
  }

  /** Ends a job that is kept to follow another, and so is in no state yet. */
  async dropFollower(id: string): Promise<boolean> {
    const dropped = await Promise.all(
      this.scope.queues.map((queue) => this.inventory.dropFollower(queue, id)),
    );
    return dropped.includes(true);
  }

  /** @throws FledgeError `FLEDGE_JOB_GONE` */
  async require(id: string): Promise<JobRecord> {
    const job = await this.find(id);
    if (job) return job;
    throw new FledgeError(
      'FLEDGE_JOB_GONE',
      `No job with ${shownId(id)} is in the queues ${this.scope.queues.join(', ')}. It was discarded, or it finished longer ago than finished jobs are kept, or it is on another queue or in another store.`,
      { jobId: id },
    );
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
      `There is no queue${quoted(queue) || ' with this name'} (there are: ${queues.join(', ')}).${didYouMean(queue, queues)} Declare it in JobsModule.forRoot({ queues }), or correct the name.`,
    );
  }

  /** The queue, or all that are declared. */
  queues(queue?: string): readonly string[] {
    return queue === undefined ? this.scope.queues : [this.requireQueue(queue)];
  }

  private matcher({ job, error }: JobFilter): ((job: JobRecord) => boolean) | undefined {
    if (job === undefined && error === undefined) return undefined;
    checkFilter({ job, error });
    const names = job === undefined ? undefined : new Set(this.scope.namesOf(job));
    return (record) =>
      (names?.has(record.name) ?? true) && (error === undefined || failedWith(record, error));
  }
}

/** A URL that stands where an id should may hold a password. */
function shownId(id: string): string {
  return looksLikeUrl(id) ? 'this id' : `the id ${JSON.stringify(id)}`;
}

function failedWith({ error }: JobRecord, text: string): boolean {
  if (!error) return false;
  return error.name === text || error.code === text || error.message.includes(text);
}

/** An empty text would find every job, which is not what the caller means, least of all when jobs are discarded. */
function checkFilter(filter: Pick<JobFilter, 'job' | 'error'>): void {
  for (const [name, value] of Object.entries(filter)) {
    if (value !== '') continue;
    throw new FledgeError('FLEDGE_OPTION_INVALID', `${name} is ''. Give it a value, or leave it out.`);
  }
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
function checkState(state: JobState): void {
  if (jobStates.includes(state)) return;
  throw new FledgeError(
    'FLEDGE_OPTION_INVALID',
    `${JSON.stringify(state)} is no state of a job. Give one of ${jobStates.join(', ')}.${didYouMean(String(state), jobStates)}`,
  );
}

function checkLimit(limit: number): void {
  if (positiveInteger(limit, 'limit') <= mostLimit) return;
  throw new FledgeError(
    'FLEDGE_OPTION_INVALID',
    `limit is ${limit}. Give at most ${mostLimit}, and go on with the page's cursor, or use each().`,
  );
}

function checkId(id: unknown): void {
  if (typeof id === 'string' && id !== '') return;
  throw new FledgeError('FLEDGE_OPTION_INVALID', `The job's id is ${JSON.stringify(id)}. Give a string.`);
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
    const [of, queue, inner] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as string[];
    const at = queues.indexOf(queue!);
    if (of === state && at !== -1 && typeof inner === 'string') return { at, inner };
  } catch {
    // No cursor at all.
  }
  throw new FledgeError(
    'FLEDGE_OPTION_INVALID',
    `cursor is none of a page of ${state} jobs with this filter. Pass the cursor of the page before, with the same state and filter, or leave it out to begin anew.`,
  );
}
