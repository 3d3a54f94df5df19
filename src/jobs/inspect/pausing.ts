import { hostname } from 'node:os';
import type { JobEvents } from '../events/events.js';
import { isLive } from '../store/fleet.js';
import type { JobPage, JobRecord } from '../store/inventory.js';
import { KnownPauses } from '../store/pauses.js';
import type { Store } from '../store/store.js';
import { didYouMean, unknownName } from '../values/did-you-mean.js';
import { FledgeError, invalidOption } from '../values/errors.js';
import { quotedName } from '../values/quoted.js';
import type { JobSearch } from './job-search.js';

/** A queue or a kind of jobs that is paused. */
export interface PausedState {
  readonly kind: 'queue' | 'job';
  /** The name of the queue. For jobs the name of a class, a mailer, or a mailer and action. */
  readonly name: string;
  /** When it was paused. Undefined for a queue, because BullMQ does not store it. */
  readonly since?: Date;
  /** The host on which it was paused. Undefined for a queue. */
  readonly host?: string;
}

/** What this process knows of the application. */
export interface PauseScope {
  readonly search: Pick<JobSearch, 'queues' | 'requireQueue'>;
  /** Returns the names of the jobs and mails that this process knows. */
  names(): readonly string[];
  /** Returns whether a name is known to be one of a job class, and not of a mail. */
  isOfClass(name: string): boolean;
}

/** An error message names at most this many jobs. */
const mostNamed = 30;

/** Pauses and resumes queues, and jobs by name. Works in any process. */
export class Pausing {
  constructor(
    private readonly store: Pick<Store, 'pauses' | 'fleet'>,
    private readonly events: Pick<JobEvents, 'emit'>,
    private readonly scope: PauseScope,
  ) {}

  /** @returns false if it is paused already */
  async pauseQueue(queue: string): Promise<boolean> {
    this.requireQueue(queue);
    const isNew = await this.store.pauses.pauseQueue(queue);
    if (isNew) this.events.emit({ type: 'queue-paused', queue });
    return isNew;
  }

  /** @returns false if it was not paused */
  async resumeQueue(queue: string): Promise<boolean> {
    this.requireQueue(queue);
    const wasPaused = await this.store.pauses.resumeQueue(queue);
    if (wasPaused) this.events.emit({ type: 'queue-resumed', queue });
    return wasPaused;
  }

  /** @returns false if they are paused already */
  async pauseJob(name: string): Promise<boolean> {
    await this.requireName(name, []);
    const isNew = await this.store.pauses.pause({ name, since: Date.now(), host: hostname() });
    if (isNew) this.events.emit({ type: 'job-paused', name });
    return isNew;
  }

  /** Also resumes jobs that no worker knows any longer. @returns false if they were not paused */
  async resumeJob(name: string): Promise<boolean> {
    const paused = (await this.store.pauses.list()).map((pause) => pause.name);
    if (!paused.includes(name)) await this.requireName(name, paused);
    const wasPaused = await this.store.pauses.resume(name);
    if (wasPaused) this.events.emit({ type: 'job-resumed', name });
    return wasPaused;
  }

  /** Lists the paused queues, and then the paused jobs, the oldest pause first. */
  async paused(): Promise<PausedState[]> {
    return listPaused(this.store, this.scope.search.queues());
  }

  /** Marks the paused jobs of a page. */
  async markPage(page: JobPage): Promise<JobPage> {
    return { ...page, jobs: await this.mark(page.jobs) };
  }

  /** Marks the jobs that have not started and are paused. Costs one question to the store for all. */
  async mark(jobs: readonly JobRecord[]): Promise<JobRecord[]> {
    const queues = new Set(jobs.filter(isPending).map(({ queue }) => queue));
    if (queues.size === 0) return [...jobs];
    const { pauses } = this.store;
    const [all, paused] = await Promise.all([pauses.list(), pauses.pausedQueues([...queues])]);
    const known = new KnownPauses(all);
    const isPaused = (job: JobRecord): boolean => paused.includes(job.queue) || known.find(job) !== undefined;
    return jobs.map((job) => (isPending(job) && isPaused(job) ? { ...job, paused: true } : job));
  }

  /** Yields the jobs of slices, with the paused ones marked. */
  async *each(slices: AsyncIterable<readonly JobRecord[]>): AsyncGenerator<JobRecord, void> {
    for await (const jobs of slices) yield* await this.mark(jobs);
  }

  /** A store without any queue may get its first one later. */
  private requireQueue(queue: string): void {
    requireText(queue, 'queue');
    if (this.scope.search.queues().length > 0) this.scope.search.requireQueue(queue);
  }

  /** @throws FledgeError `FLEDGE_JOB_NAME_UNKNOWN` unless no process reports a name */
  private async requireName(name: string, paused: readonly string[]): Promise<void> {
    requireText(name, 'job');
    const { fleet } = this.store;
    const live = (await fleet.members()).filter(isLive);
    const known = new Set([...this.scope.names(), ...live.flatMap(({ jobs }) => jobs)]);
    if (known.size === 0 || known.has(name)) return;
    const codes = await fleet.classCodes();
    const mails = [...known].filter((one) => !codes.has(one) && !this.scope.isOfClass(one));
    const mailers = new Set(mails.flatMap(mailersOf));
    if (!mailers.has(name)) throw unknownJob(name, new Set([...paused, ...known, ...mailers]));
  }
}

/**
 * Lists the paused ones of these queues, and then the paused jobs, the oldest pause first.
 * @throws FledgeError `FLEDGE_STORE_…`
 */
export async function listPaused(
  { pauses }: Pick<Store, 'pauses'>,
  queues: readonly string[],
): Promise<PausedState[]> {
  const [paused, jobs] = await Promise.all([pauses.pausedQueues(queues), pauses.list()]);
  return [
    ...paused.map((name) => ({ kind: 'queue', name }) as const),
    ...jobs.map(({ since, ...pause }) => ({
      kind: 'job' as const,
      ...pause,
      ...(since !== undefined && { since: new Date(since) }),
    })),
  ];
}

const isPending = ({ state }: JobRecord): boolean =>
  state === 'waiting' || state === 'scheduled' || state === 'retrying';

/** Returns the names that may be the mailer of a mail. The name of a mailer may contain dots. */
function mailersOf(mail: string): string[] {
  const parts = mail.split('.');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('.'));
}

function unknownJob(name: string, known: ReadonlySet<string>): FledgeError {
  const message =
    known.size <= mostNamed
      ? unknownName('job', name, known, undefined, quotedName(name))
      : `Unknown job${quotedName(name)}.${didYouMean(name, known)} Use a name from fledge ps --json or JobsInspector.processes().`;
  return new FledgeError(
    'FLEDGE_JOB_NAME_UNKNOWN',
    `${message} The name is the one under which the jobs are stored.`,
  );
}

function requireText(name: unknown, what: string): void {
  if (typeof name === 'string' && name !== '') return;
  throw invalidOption(`The name of the ${what} is ${JSON.stringify(name)}. Pass a non-empty string.`);
}
