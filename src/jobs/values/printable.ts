/** What comes from a store may hold what commands a terminal: it is not let through. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '·');
}
