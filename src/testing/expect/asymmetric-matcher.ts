/** A matcher of Vitest or Jest, such as `expect.any(String)` or `expect.objectContaining({ … })`, or a custom one. */
export interface AsymmetricMatcher {
  asymmetricMatch(value: unknown): boolean;
}

export function isMatcher(value: unknown): value is AsymmetricMatcher {
  return (
    typeof value === 'object' &&
    value !== null &&
    'asymmetricMatch' in value &&
    typeof value.asymmetricMatch === 'function'
  );
}
