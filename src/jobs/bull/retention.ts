/** How long finished jobs are kept, seconds, and how many of a queue. While one is kept, a repeated add is recognised. */
export const keepCompleted = { age: 3_600, count: 10_000 };
export const keepDead = { age: 180 * 24 * 3_600, count: 10_000 };
