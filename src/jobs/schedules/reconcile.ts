import type { PlannedSchedule, Schedule } from '../store/timetable.js';

/** What has to happen to a schedule so that the store has what the code says. */
export type Correction =
  | { readonly change: 'added' | 'changed' | 'restored'; readonly schedule: Schedule }
  | { readonly change: 'paused' | 'removed'; readonly schedule: PlannedSchedule };

/** What is as it should be is left alone: to plan it anew would move its next tick. */
export function reconcile(declared: readonly Schedule[], planned: readonly PlannedSchedule[]): Correction[] {
  const kept = new Map(planned.map((schedule) => [schedule.name, schedule]));
  const names = new Set(declared.map(({ name }) => name));
  return [
    ...planned
      .filter(({ name }) => !names.has(name))
      .map((schedule): Correction => ({ change: 'removed', schedule })),
    ...declared.flatMap((schedule): Correction[] => {
      const former = kept.get(schedule.name);
      if (!former) return [{ change: 'added', schedule }];
      if (former.fingerprint !== schedule.fingerprint) return [{ change: 'changed', schedule }];
      // Somebody obliterated its queue, or the server lost a part of its data.
      if (former.next === undefined && !former.paused) return [{ change: 'restored', schedule }];
      // Whoever paused it was interrupted.
      if (former.next !== undefined && former.paused) return [{ change: 'paused', schedule: former }];
      return [];
    }),
  ];
}
