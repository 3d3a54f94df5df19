/** Ranges of versions as far as their major counts: `^5.4.0 || ^6.0.0`, `>=5`, `*`. Tags, URLs and workspaces fit all. */

export const majorOf = (range: string): number | undefined => {
  const digits = /\d+/.exec(range)?.[0];
  return digits === undefined ? undefined : Number(digits);
};

export function allowsMajor(range: string, major: number): boolean {
  return range.split('||').some((one) => {
    if (!/^[\^~>=<v\s]*\d/.test(one)) return true;
    return />/.test(one) ? major >= majorOf(one)! : major === majorOf(one);
  });
}

/** The newest part of a range that all others allow, else the newest. */
export function newestFor(range: string, others: readonly string[]): string {
  const newestFirst = range
    .split('||')
    .map((one) => one.trim())
    .toReversed();
  const fits = (one: string): boolean => others.every((other) => allowsMajor(other, majorOf(one)!));
  return newestFirst.find(fits) ?? newestFirst[0]!;
}
