import type { JobEvent, JobEvents } from '../events/events.js';

const remindAfter = 60_000;

export interface Sighting {
  /** What to tell while it lasts. */
  readonly said: JobEvent;
  /** What to tell when it is over. */
  readonly cured: JobEvent;
}

/**
 * Tells of what is seen again and again: not before the second time, since a deploy may leave a moment without workers,
 * then once a minute at most, and when it is over.
 */
export class Sightings {
  /** When each was last told; 0 for not yet. */
  private readonly toldAt = new Map<string, number>();
  private readonly last = new Map<string, Sighting>();

  constructor(private readonly events: JobEvents) {}

  update(seen: ReadonlyMap<string, Sighting>): void {
    for (const [key, toldAt] of this.toldAt) {
      if (seen.has(key)) continue;
      if (toldAt > 0) this.events.emit(this.last.get(key)!.cured);
      this.toldAt.delete(key);
      this.last.delete(key);
    }
    for (const [key, sighting] of seen) this.see(key, sighting);
  }

  private see(key: string, sighting: Sighting): void {
    const toldAt = this.toldAt.get(key);
    this.last.set(key, sighting);
    if (toldAt === undefined) this.toldAt.set(key, 0);
    else if (Date.now() - toldAt >= remindAfter) {
      this.events.emit(sighting.said);
      this.toldAt.set(key, Date.now());
    }
  }
}
