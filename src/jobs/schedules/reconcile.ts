import type { Orphan, PlannedSchedule, Schedule } from '../store/timetable.js';

/** A change to the store that makes a schedule tick as the code declares it, or as it was made at run time. */
export type Correction =
  /** Its record is written. */
  | { readonly change: 'added' | 'changed'; readonly schedule: Schedule }
  /** Its record is deleted. */
  | { readonly change: 'removed'; readonly schedule: PlannedSchedule }
  /** Its record stays, and its ticks are made to follow it. */
  | { readonly change: 'settled'; readonly as: Settlement; readonly schedule: Orphan };

/**
 * Why a schedule's ticks did not follow its record. `restored`: its queue was obliterated, or the server lost a part of its data.
 * `changed` and `paused`: an earlier change was interrupted. `stopped`: it ticked although no record said so.
 */
export type Settlement = 'changed' | 'paused' | 'restored' | 'stopped';

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
      return settle(former);
    }),
  ];
}

/** Returns no correction for a schedule in the store whose ticks follow its record. */
export function settle(schedule: PlannedSchedule): Correction[] {
  const { paused, next, fingerprint } = schedule;
  if (next === undefined) return paused ? [] : [{ change: 'settled', as: 'restored', schedule }];
  if (paused) return [{ change: 'settled', as: 'paused', schedule }];
  return fingerprint === '' ? [{ change: 'settled', as: 'changed', schedule }] : [];
}
