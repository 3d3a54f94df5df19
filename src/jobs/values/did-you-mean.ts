import { invalidOption } from './errors.js';
import { quoted } from './quoted.js';
import { isObject } from './readers.js';

/**
 * Returns the candidate that is most similar to the written word, or undefined if none is similar.
 *
 * @param atMost how many letters may differ. @default half of the word, at least two
 */
export function nearest(
  written: string,
  candidates: Iterable<string>,
  atMost = Math.max(2, Math.floor(written.length / 2)),
): string | undefined {
  let best: string | undefined;
  let bestDistance = atMost + 1;
  for (const candidate of candidates) {
    const [a, b] = [written.toLowerCase(), candidate.toLowerCase()];
    // "mail" means "mailers", however many letters are missing.
    const distance = a.length >= 3 && b.startsWith(a) ? 1 : editDistance(a, b);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Returns ` Did you mean "mailers"?`, or an empty string if no candidate is similar. */
export function didYouMean(written: string, candidates: Iterable<string>): string {
  const candidate = nearest(written, candidates);
  return candidate === undefined ? '' : ` Did you mean "${candidate}"?`;
}

/**
 * Returns the message `Unknown option "tiemout" of @Job(). Did you mean "timeout"? Use one of backoff, queue, timeout.`
 *
 * @param what what the name should be, such as `option`
 * @param owner what the name belongs to, such as `@Job()`
 * @param shown how the message quotes the name. @default only a short word, because a URL may contain a password
 */
export function unknownName(
  what: string,
  name: string,
  known: Iterable<string>,
  owner?: string,
  shown = quoted(name),
): string {
  const names = [...known];
  const of = owner === undefined ? '' : ` of ${owner}`;
  const use = names.length === 0 ? '' : ` Use one of ${names.join(', ')}.`;
  return `Unknown ${what}${shown}${of}.${didYouMean(name, names)}${use}`;
}

/**
 * Refuses a misspelled option, which would otherwise be ignored. An option without a value is missing.
 *
 * @param known has a property for each option. With `satisfies Record<keyof Options, true>` the compiler keeps it complete
 * @param owner what takes the options, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function refuseUnknownOptions(
  options: unknown,
  known: Readonly<Record<string, unknown>>,
  owner: string,
): void {
  if (!isObject(options)) throw invalidOption(`${owner} is not an object. Pass an object with its options.`);
  const unknown = Object.keys(options).find(
    (name) => options[name] !== undefined && !Object.hasOwn(known, name),
  );
  if (unknown !== undefined) throw invalidOption(unknownName('option', unknown, Object.keys(known), owner));
}

/** The Levenshtein distance, computed one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    let aboveLeft = i - 1;
    let left = i;
    row = row.map((above, j) => {
      const substitution = aboveLeft + (a[i - 1] === b[j - 1] ? 0 : 1);
      left = j === 0 ? i : Math.min(above + 1, left + 1, substitution);
      aboveLeft = above;
      return left;
    });
  }
  return row.at(-1) ?? a.length;
}
