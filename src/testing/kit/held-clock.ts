import type { Clock } from '../../jobs/engines/memory/clock.js';

/** A clock that stands still until the kit moves it. */
export class HeldClock implements Clock {
  /** @param time milliseconds since 1970 */
  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  /** Nobody is woken: the kit looks for what has fallen due whenever it moves the clock. */
  wakeAt(): () => void {
    return () => undefined;
  }

  /** @param time milliseconds since 1970 */
  set(time: number): void {
    this.time = time;
  }
}
