const mostItems = 500;
/** The most bytes of JSON in a slice. A slice must reach the store before its adds time out, even over a slow link. */
const mostBytes = 1_000_000;

/**
 * Splits an iterable, which may be endless, into arrays of at most 500 items and about a megabyte of JSON.
 *
 * @param sizeOf returns the size of an item's JSON in bytes
 */
export function* slices<T>(items: Iterable<T>, sizeOf: (item: T) => number): Generator<T[]> {
  let slice: T[] = [];
  let bytes = 0;
  for (const item of items) {
    slice.push(item);
    bytes += sizeOf(item);
    if (slice.length < mostItems && bytes < mostBytes) continue;
    yield slice;
    slice = [];
    bytes = 0;
  }
  if (slice.length > 0) yield slice;
}
