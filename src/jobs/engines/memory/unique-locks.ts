import type { NewJob } from '../../store/store.js';
import type { UniqueLock } from '../../job/unique.js';
import type { Clock } from './clock.js';

interface Held {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Which job of a queue holds which lock, and which one is to follow it. */
export class UniqueLocks {
  private readonly held = new Map<string, Held>();
  private readonly followers = new Map<string, NewJob>();

  constructor(private readonly clock: Clock) {}

  /** The id of the job that holds it. */
  holderOf({ key }: UniqueLock): string | undefined {
    const held = this.held.get(key);
    if (held && held.until > this.clock.now()) return held.id;
    this.held.delete(key);
    return undefined;
  }

  take({ key, ttl }: UniqueLock, id: string): void {
    this.held.set(key, { id, until: ttl === undefined ? Infinity : this.clock.now() + ttl });
  }

  /** True if this job held it. */
  release(lock: UniqueLock | undefined, id: string): boolean {
    return lock !== undefined && this.held.get(lock.key)?.id === id && this.held.delete(lock.key);
  }

  dropFollower(id: string): boolean {
    const [key] = [...this.followers].find(([, job]) => job.id === id) ?? [];
    return key !== undefined && this.followers.delete(key);
  }

  /**
   * Gives the lock that a job holds, and the job that is to follow it, to another queue.
   * @returns false when another job holds it there
   */
  handOver(lock: UniqueLock | undefined, id: string, to: UniqueLocks): boolean {
    if (!lock || this.holderOf(lock) !== id) return true;
    if (to.holderOf(lock) !== undefined) return false;
    to.held.set(lock.key, this.held.get(lock.key)!);
    this.held.delete(lock.key);
    const follower = this.takeFollower(lock);
    if (follower) to.follow(lock, follower);
    return true;
  }

  follow({ key }: UniqueLock, job: NewJob): void {
    this.followers.set(key, job);
  }

  /** The job that was kept to follow one that is done now. */
  takeFollower(lock: UniqueLock | undefined): NewJob | undefined {
    const follower = lock && this.followers.get(lock.key);
    if (lock) this.followers.delete(lock.key);
    return follower;
  }
}
