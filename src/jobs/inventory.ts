/**
 * Where a job is. `scheduled` waits for its time and has not failed yet, `retrying` has; `dead` has used up its attempts
 * or was killed.
 */
export const jobStates = ['waiting', 'scheduled', 'retrying', 'active', 'dead', 'completed'] as const;

export type JobState = (typeof jobStates)[number];
