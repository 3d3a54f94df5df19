/** `expect.any(String)`, `expect.objectContaining({ … })` and the like, of Vitest, Jest or one's own. */
export interface AsymmetricMatcher {
  asymmetricMatch(value: unknown): boolean;
}

export function isMatcher(value: unknown): value is AsymmetricMatcher {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<AsymmetricMatcher>).asymmetricMatch === 'function'
  );
}
