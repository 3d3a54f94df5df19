import type { Clock } from '../../jobs/engines/memory/queue/clock.js';

/** A clock that stands still until the kit moves it. */
export class HeldClock implements Clock {
  /** @param time in milliseconds since 1970 */
  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  /** Sets no timer. The kit looks for due jobs whenever it moves the clock. */
  wakeAt(): () => void {
    return () => undefined;
  }

  /** @param time in milliseconds since 1970 */
  set(time: number): void {
    this.time = time;
  }
}
