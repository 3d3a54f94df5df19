import type { JobEvents } from '../events/events.js';
import { asError } from '../values/errors.js';
import type { Correction } from './reconcile.js';

/**
 * Reports the corrections that fail. A worker repeats a correction every 15 s, so it reports a failure once. It reports it again if
 * the schedule or the error has changed, or if the correction was not needed in between.
 */
export class FailedCorrections {
  /** What was reported, by the schedule's name. */
  private readonly reported = new Map<string, string>();

  constructor(private readonly events: JobEvents) {}

  report({ change, schedule }: Correction, thrown: unknown): void {
    const error = asError(thrown);
    const version = 'fingerprint' in schedule ? schedule.fingerprint : undefined;
    const failure = JSON.stringify([change, version, error.message]);
    if (this.reported.get(schedule.name) === failure) return;
    this.reported.set(schedule.name, failure);
    this.events.emit({ type: 'schedule-failed', schedule: schedule.name, error });
  }

  /** Forgets the failures of schedules that need no correction now. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.reported.keys()) if (!names.has(name)) this.reported.delete(name);
  }
}
