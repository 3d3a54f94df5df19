const mostItems = 500;
/** A slice must reach the store within the deadline of its adds, also over a slow link. */
const mostCharacters = 1_000_000;

/**
 * Splits an iterable, which may be endless, into arrays of at most 500 items and about a megabyte of JSON.
 *
 * @param charactersOf the length of an item's JSON
 */
export function* slices<T>(items: Iterable<T>, charactersOf: (item: T) => number): Generator<T[]> {
  let slice: T[] = [];
  let characters = 0;
  for (const item of items) {
    slice.push(item);
    characters += charactersOf(item);
    if (slice.length < mostItems && characters < mostCharacters) continue;
    yield slice;
    slice = [];
    characters = 0;
  }
  if (slice.length > 0) yield slice;
}
