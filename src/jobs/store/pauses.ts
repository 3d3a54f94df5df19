import { selectsSubject } from '../job/subjects.js';
import { hour } from '../values/duration.js';

/** A pause of jobs. It lasts until the jobs are resumed. */
export interface Pause {
  /** The name of a job class, a mailer such as `UserMailer`, or a mailer and action such as `UserMailer.welcome`. */
  readonly name: string;
  /** When the jobs were paused, in milliseconds since 1970. Undefined if it cannot be read. */
  readonly since?: number;
  /** The host on which the jobs were paused. Undefined if it cannot be read. */
  readonly host?: string;
}

/** The names by which a job can be paused. */
export interface PausableJob {
  /** The name under which the job is stored. */
  readonly name: string;
  /** The current name of its class, if the job is stored under an alias. */
  readonly className?: string | undefined;
  readonly subject?: string | undefined;
}

/** The pauses that a process knows. */
export interface PauseLookup {
  /** 0 while nothing is paused. */
  readonly size: number;
  /** Returns the pause that applies to a job. */
  find(job: PausableJob): Pause | undefined;
}

/** Why a job is put off: the pause that applies to it. */
export interface AppliedPause {
  /** The name of the pause. */
  readonly by: string;
  /** True if the pause applies to every job that is stored under the job's name, and not only to some of its subjects. */
  readonly everyJob: boolean;
}

/**
 * How long a paused job is put off, in milliseconds. Resuming its class makes it due at once. If that fails because the server
 * lost data, the job is looked at again after this time.
 */
export const putOffFor = hour;

/** The pauses of a store. A pause of jobs outlasts restarts and deploys. Jobs that run when they are paused continue. */
export interface Pauses {
  /** Returns the pauses of jobs, the oldest first. */
  list(): Promise<Pause[]>;
  /** @returns false if a pause with this name exists. It stays as it is */
  pause(pause: Pause): Promise<boolean>;
  /**
   * Ends a pause and makes the jobs due that it has put off. Works again after it failed midway.
   * @returns false if there is no pause with this name
   */
  resume(name: string): Promise<boolean>;
  /** Returns which of these queues are paused. */
  pausedQueues(queues: readonly string[]): Promise<string[]>;
  /** @returns false if the queue is paused already */
  pauseQueue(queue: string): Promise<boolean>;
  /** @returns false if the queue is not paused */
  resumeQueue(queue: string): Promise<boolean>;
}

/** A set of pauses. */
export class KnownPauses implements PauseLookup {
  private readonly byName: ReadonlyMap<string, Pause>;

  constructor(readonly all: readonly Pause[] = []) {
    this.byName = new Map(all.map((pause) => [pause.name, pause]));
  }

  get size(): number {
    return this.byName.size;
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  find({ name, className = name, subject }: PausableJob): Pause | undefined {
    if (this.size === 0) return undefined;
    const ofClass = this.byName.get(name) ?? this.byName.get(className);
    if (ofClass || subject === undefined) return ofClass;
    return this.all.find((pause) => selectsSubject(pause.name, subject));
  }
}

/** Sorts pauses by age. */
export function oldestFirst(pauses: readonly Pause[]): Pause[] {
  return pauses.toSorted((a, b) => (a.since ?? 0) - (b.since ?? 0) || (a.name < b.name ? -1 : 1));
}
