export type StoreEvent =
  /** The worker or web process has connected to the store. Emitted once per change, not once per error. */
  | { readonly type: 'store-ready'; readonly store: string }
  /** The connection to the store was lost. */
  | { readonly type: 'store-lost'; readonly store: string; readonly error: Error }
  /**
   * The store returns errors to a worker. Emitted at the first error, then once a minute with the number of errors so far.
   * `queue` is the queue of the first error.
   */
  | { readonly type: 'store-error'; readonly queue: string; readonly error: Error; readonly count: number }
  /** The store serves all queues again. `count` is the number of errors before. */
  | { readonly type: 'store-serves'; readonly count: number }
  /** A processor had stopped to fetch jobs and was replaced. */
  | { readonly type: 'processor-replaced'; readonly queue: string; readonly silentFor: number }
  /** The application closed its store in memory while jobs had not run. `jobs` has the number of jobs by name. */
  | { readonly type: 'memory-lost'; readonly jobs: ReadonlyMap<string, number> };
