import type { PlannedSchedule, Schedule } from '../store/timetable.js';

/** A change to a schedule in the store that makes it match the code. */
export type Correction =
  | { readonly change: 'added' | 'changed' | 'restored'; readonly schedule: Schedule }
  | { readonly change: 'paused' | 'removed'; readonly schedule: PlannedSchedule };

/** Returns no correction for a schedule that matches the code, because planning it again would move its next tick. */
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
      // Its queue was obliterated, or the server lost a part of its data.
      if (former.next === undefined && !former.paused) return [{ change: 'restored', schedule }];
      // An earlier pause was interrupted.
      if (former.next !== undefined && former.paused) return [{ change: 'paused', schedule: former }];
      return [];
    }),
  ];
}
