import type { NewJob } from '../../../store/store.js';
import type { UniqueLock } from '../../../job/unique.js';
import type { Clock } from './clock.js';

interface Held {
  readonly id: string;
  /** In milliseconds since 1970. */
  readonly until: number;
}

/** The unique locks of one queue. Each has a job that holds it, and may have a job that follows when that one is done. */
export class UniqueLocks {
  private readonly held = new Map<string, Held>();
  private readonly followers = new Map<string, NewJob>();

  constructor(private readonly clock: Clock) {}

  /** Returns the id of the job that holds the lock. */
  holderOf(lock: UniqueLock): string | undefined {
    return this.find(lock)?.id;
  }

  take({ key, ttl }: UniqueLock, id: string): void {
    this.held.set(key, { id, until: ttl === undefined ? Infinity : this.clock.now() + ttl });
  }

  /** Returns true if this job held the lock. */
  release(lock: UniqueLock | undefined, id: string): boolean {
    return lock !== undefined && this.held.get(lock.key)?.id === id && this.held.delete(lock.key);
  }

  dropFollower(id: string): boolean {
    const [key] = [...this.followers].find(([, job]) => job.id === id) ?? [];
    return key !== undefined && this.followers.delete(key);
  }

  /**
   * Moves the lock that a job holds to another queue, with the job that follows.
   * @returns false if another job holds the lock there
   */
  handOver(lock: UniqueLock | undefined, id: string, to: UniqueLocks): boolean {
    const held = lock && this.find(lock);
    if (!lock || held?.id !== id) return true;
    if (to.find(lock)) return false;
    to.held.set(lock.key, held);
    this.held.delete(lock.key);
    const follower = this.takeFollower(lock);
    if (follower) to.follow(lock, follower);
    return true;
  }

  /** Keeps a job until the one that holds the lock is done. */
  follow({ key }: UniqueLock, job: NewJob): void {
    this.followers.set(key, job);
  }

  /** Returns the job that follows, and no longer keeps it. */
  takeFollower(lock: UniqueLock | undefined): NewJob | undefined {
    const follower = lock && this.followers.get(lock.key);
    if (lock) this.followers.delete(lock.key);
    return follower;
  }

  private find({ key }: UniqueLock): Held | undefined {
    const held = this.held.get(key);
    if (held && held.until > this.clock.now()) return held;
    this.held.delete(key);
    return undefined;
  }
}
