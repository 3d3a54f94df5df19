export type StoreEvent =
  /** The connection to the store: an event for each change, not for each error. */
  | { readonly type: 'store-ready'; readonly store: string }
  | { readonly type: 'store-lost'; readonly store: string; readonly error: Error }
  /** The store answers a worker, on this queue at first, with errors: said when it begins, then once a minute with how many there were. */
  | { readonly type: 'store-error'; readonly queue: string; readonly error: Error; readonly count: number }
  /** It serves all queues again, after so many refusals. */
  | { readonly type: 'store-serves'; readonly count: number }
  /** A processor had stopped to fetch, and was replaced. */
  | { readonly type: 'processor-replaced'; readonly queue: string; readonly silentFor: number };
