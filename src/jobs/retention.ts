/** How long and how many finished jobs of one queue are kept. While one is kept, a repeated add is recognised. */
export interface Keep {
  /** Milliseconds since it finished. */
  readonly age: number;
  /** The newest so many. */
  readonly count: number;
}

export interface Retention {
  readonly completed: Keep;
  readonly dead: Keep;
}

export const defaultRetention: Retention = {
  completed: { age: 3_600_000, count: 10_000 },
  dead: { age: 180 * 24 * 3_600_000, count: 10_000 },
};
