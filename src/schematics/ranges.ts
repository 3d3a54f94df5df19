/** Ranges of versions, compared by their major: `^5.4.0 || ^6.0.0`, `>=5`, `*`. Tags, URLs and workspaces accept all. */

export const majorOf = (range: string): number | undefined => {
  const digits = /\d+/.exec(range)?.[0];
  return digits === undefined ? undefined : Number(digits);
};

export function allowsMajor(range: string, major: number): boolean {
  return range.split('||').some((one) => {
    const least = majorOf(one);
    if (least === undefined || !/^[\^~>=<v\s]*\d/.test(one)) return true;
    return one.includes('>') ? major >= least : major === least;
  });
}

/** Returns the newest part of a range that all others allow, or else the newest part. */
export function newestFor(range: string, others: readonly string[]): string {
  const newestFirst = range
    .split('||')
    .map((one) => one.trim())
    .toReversed();
  const fits = (one: string): boolean => {
    const major = majorOf(one);
    return major === undefined || others.every((other) => allowsMajor(other, major));
  };
  return newestFirst.find(fits) ?? newestFirst[0] ?? range;
}
