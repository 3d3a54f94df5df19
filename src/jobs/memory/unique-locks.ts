import type { NewJob } from '../store.js';
import type { UniqueLock } from '../unique.js';
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

  release(lock: UniqueLock | undefined, id: string): void {
    if (lock && this.held.get(lock.key)?.id === id) this.held.delete(lock.key);
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
